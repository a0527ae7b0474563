/** Frames of one plug, out of a stream in which a length of two bytes precedes each. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are complete with `chunk`, each with its length before it. */
  *read(chunk: Buffer): Generator<Buffer> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= lengthBytes) {
      const end = lengthBytes + bytes.readUInt16BE(0);
      if (bytes.length < end) break;
      yield bytes.subarray(0, end);
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }
}

/** Of the length before a frame. */
export const lengthBytes = 2;
const macBytes = 6;
const headerBytes = 14;

/** Who may be heard by whom: `passes[from][to]`. */
export type Passes = readonly (readonly boolean[])[];

/** Decides which plugs a frame goes to: as a switch does, but only where it may. */
export class Forwarding {
  readonly #passes: Passes;
  readonly #places = new Map<string, number>();

  constructor(passes: Passes) {
    this.#passes = passes;
  }

  /** @param frame with its length before it */
  targets(from: number, frame: Buffer): number[] {
    if (frame.length < lengthBytes + headerBytes) return [];
    const to = frame.toString("latin1", lengthBytes, lengthBytes + macBytes);
    const source = frame.toString("latin1", lengthBytes + macBytes, lengthBytes + 2 * macBytes);
    this.#places.set(source, from);
    const isGroup = ((frame[lengthBytes] ?? 0) & 1) === 1;
    const known = isGroup ? undefined : this.#places.get(to);
    const wanted = known === undefined ? this.#passes.map((_row, index) => index) : [known];
    return wanted.filter((index) => index !== from && this.#passes[from]?.[index] === true);
  }
}
