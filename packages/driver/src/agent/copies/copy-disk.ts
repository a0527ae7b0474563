import { open, type FileHandle } from "node:fs/promises";
import { pieceBytes } from "./piece.ts";

/** Places on the disk that one copy uses, so that guest and host work at the same time. */
const placesPerCopy = 4;

type Offsets = readonly number[];

/**
 * The host's end of a machine's copy disk: a small disk of the guest's whose file both read and write. Pieces of large
 * files pass through it, each at a place that belongs to one copy for as long as that runs.
 */
export class CopyDisk {
  readonly #path: string;
  #free: number[];
  readonly #waiting: ((offsets: Offsets) => void)[] = [];

  /** @param path the disk's raw file @param sizeBytes of the disk */
  constructor(path: string, sizeBytes: number) {
    this.#path = path;
    this.#free = Array.from({ length: Math.floor(sizeBytes / pieceBytes) }, (_, index) => index * pieceBytes);
  }

  /**
   * Places for one copy, waiting for those of others when there are none left.
   * @throws the signal's reason; the system's error when the disk's file cannot be opened
   */
  async borrow(signal: AbortSignal): Promise<CopyPlaces> {
    const file = await open(this.#path, "r+");
    try {
      const offsets = await this.#take(signal);
      return new CopyPlaces(file, offsets, () => this.#give(offsets));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  #take(signal: AbortSignal): Promise<Offsets> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
        reject(signal.reason as Error);
      };
      const onTurn = (offsets: Offsets): void => {
        signal.removeEventListener("abort", onAbort);
        resolve(offsets);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(onTurn);
      this.#serve();
    });
  }

  #give(offsets: Offsets): void {
    // The lowest first: what was never used takes no memory.
    this.#free = [...this.#free, ...offsets].sort((one, other) => one - other);
    this.#serve();
  }

  #serve(): void {
    while (this.#free.length >= placesPerCopy) {
      const onTurn = this.#waiting.shift();
      if (onTurn === undefined) return;
      onTurn(this.#free.splice(0, placesPerCopy));
    }
  }
}

/** The places that one copy has. */
export class CopyPlaces {
  readonly offsets: Offsets;
  readonly #file: FileHandle;
  readonly #give: () => void;
  /** New memory for each piece would cost as much as reading it. */
  #buffer: Buffer | undefined;

  constructor(file: FileHandle, offsets: Offsets, give: () => void) {
    this.#file = file;
    this.offsets = offsets;
    this.#give = give;
  }

  /** What it returns is valid until the next call. */
  async read(offset: number, length: number): Promise<Buffer> {
    this.#buffer ??= Buffer.allocUnsafeSlow(pieceBytes);
    const { buffer, bytesRead } = await this.#file.read(this.#buffer, 0, length, offset);
    if (bytesRead < length) throw new Error(`the copy disk's file ends ${length - bytesRead} bytes early`);
    return buffer.subarray(0, length);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, offset);
    if (bytesWritten < bytes.length) throw new Error("the copy disk's file could not be written in full");
  }

  /** @param quiet settles when the guest uses none of them any more; one that is gone uses none either */
  async release(quiet: Promise<unknown>): Promise<void> {
    await Promise.allSettled([this.#file.close(), quiet]);
    this.#give();
  }
}
