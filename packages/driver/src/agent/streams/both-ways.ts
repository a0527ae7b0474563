import { Duplex } from "node:stream";
import type { IncomingChannel } from "./incoming.ts";
import type { OutgoingChannel } from "./outgoing.ts";

/** The two directions of a connection as one stream; each ends on its own. */
export class BothWays extends Duplex {
  readonly #incoming: IncomingChannel;
  readonly #outgoing: OutgoingChannel;

  constructor(incoming: IncomingChannel, outgoing: OutgoingChannel) {
    super({ allowHalfOpen: true });
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    incoming.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) incoming.pause();
    });
    incoming.on("end", () => this.push(null));
    incoming.pause();
  }

  override _read(): void {
    this.#incoming.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#outgoing.isReleased) callback(new Error("the other side of this connection has closed it"));
    else this.#outgoing.write(chunk, encoding, callback);
  }

  override _final(callback: () => void): void {
    this.#outgoing.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#incoming.destroy();
    this.#outgoing.destroy();
    callback(error);
  }
}
