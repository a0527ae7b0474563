/** A part of a packet as it was recorded, which may be cut short. Reading beyond its end gives undefined. */
export class Bytes {
  readonly #all: Uint8Array;
  readonly #view: DataView;

  constructor(all: Uint8Array) {
    this.#all = all;
    this.#view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  }

  get length(): number {
    return this.#all.length;
  }

  u8(at: number): number | undefined {
    return this.#all[at];
  }

  u16(at: number): number | undefined {
    return at >= 0 && at + 2 <= this.length ? this.#view.getUint16(at) : undefined;
  }

  u32(at: number): number | undefined {
    return at >= 0 && at + 4 <= this.length ? this.#view.getUint32(at) : undefined;
  }

  /** Undefined unless all of it is there. */
  take(at: number, length: number): Uint8Array | undefined {
    return at >= 0 && length >= 0 && at + length <= this.length ? this.#all.subarray(at, at + length) : undefined;
  }

  /** What is there from a place on, up to another. */
  from(at: number, end: number = this.length): Bytes {
    return new Bytes(this.#all.subarray(Math.max(0, at), Math.max(0, at, end)));
  }
}
