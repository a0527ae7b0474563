import { Readable } from "node:stream";

/** Bytes that the guest may send on a channel before they are credited back. */
export const incomingWindow: number = 256 * 1024;

/**
 * What arrives on one channel. Credit goes back to the guest only for what its reader has taken, so at most a window
 * plus one high-water mark is ever held here, and a producer in the guest blocks when nobody reads.
 */
export class IncomingChannel extends Readable {
  readonly #grant: (bytes: number) => void;
  #waiting: Buffer[] = [];
  #taken = 0;
  #isWanted = false;
  #hasEnded = false;

  constructor(grant: (bytes: number) => void) {
    super();
    this.#grant = grant;
    // Whoever needs the reason of a loss finds it at the operation; an unwatched stream must not end the process.
    this.on("error", () => undefined);
  }

  receive(bytes: Buffer): void {
    if (this.destroyed) return this.#take(bytes.length);
    // A view keeps all alive that arrived with it; what may wait long must not hold other streams' bytes.
    this.#waiting.push(bytes.length * 4 < bytes.buffer.byteLength ? Buffer.from(bytes) : bytes);
    this.#flush();
  }

  finish(): void {
    this.#hasEnded = true;
    this.#flush();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#flush();
  }

  /** A reader that has gone must not stop the guest: the rest is taken and dropped. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const rest = this.#waiting.reduce((sum, bytes) => sum + bytes.length, 0);
    this.#waiting = [];
    this.#take(rest);
    callback(error);
  }

  #flush(): void {
    while (this.#isWanted && this.#waiting.length > 0) {
      const bytes = this.#waiting.shift();
      if (bytes === undefined) break;
      this.#take(bytes.length);
      this.#isWanted = this.push(bytes);
    }
    if (this.#hasEnded && this.#waiting.length === 0 && !this.destroyed && !this.readableEnded) this.push(null);
  }

  #take(bytes: number): void {
    this.#taken += bytes;
    if (this.#hasEnded || this.#taken < incomingWindow / 4) return;
    this.#grant(this.#taken);
    this.#taken = 0;
  }
}
