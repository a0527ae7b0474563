import { Writable } from "node:stream";
import type { AgentStream } from "../link.ts";

/** One frame's worth: small, so that other streams get their turn on the line. */
const chunkSize = 16 * 1024;

/** What a stream sends to the guest, as far as the guest's credit goes. */
export class OutgoingChannel extends Writable {
  #stream: AgentStream | undefined;
  #credit: number;
  #isReleased = false;
  #chunk: Buffer | undefined;
  #written: ((error?: Error | null) => void) | undefined;

  constructor(window: number) {
    super({ highWaterMark: chunkSize });
    this.#credit = window;
    // Whoever needs the reason of a loss finds it at the operation; an unwatched stream must not end the process.
    this.on("error", () => undefined);
  }

  /** Where to; called once the operation has its stream. */
  attach(stream: AgentStream): void {
    this.#stream = stream;
  }

  credit(bytes: number): void {
    this.#credit += bytes;
    this.#flush();
  }

  /** True once nobody in the guest takes any more. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** The operation is over: what is still to be sent goes nowhere. */
  release(): void {
    this.#isReleased = true;
    this.#stream = undefined;
    this.#credit = Infinity;
    this.#flush();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#chunk = chunk;
    this.#written = callback;
    this.#flush();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#stream?.end();
    callback();
  }

  #flush(): void {
    while (this.#chunk !== undefined && this.#credit > 0) {
      const size = Math.min(chunkSize, this.#credit, this.#chunk.length);
      this.#stream?.data(this.#chunk.subarray(0, size));
      this.#credit -= size;
      this.#chunk = size < this.#chunk.length ? this.#chunk.subarray(size) : undefined;
    }
    if (this.#chunk !== undefined) return;
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }
}
