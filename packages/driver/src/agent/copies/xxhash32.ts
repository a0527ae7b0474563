/** XXH32 with seed 0, as its specification (github.com/Cyan4973/xxHash) has it; the agent's `hash.c` is the other end. */
const [prime1, prime2, prime3, prime4, prime5] = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1];
const stripeBytes = 16;

/** A checksum of a file, made piece by piece; the bytes are read as little-endian numbers, as all hosts of QEMU here do. */
export class Xxhash32 {
  readonly #lanes = new Int32Array([(prime1 + prime2) | 0, prime2 | 0, 0, -prime1 | 0]);
  readonly #rest = Buffer.alloc(stripeBytes);
  #held = 0;
  #total = 0;

  add(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let at = 0;
    if (this.#held > 0) {
      at = Math.min(bytes.length, stripeBytes - this.#held);
      this.#rest.set(bytes.subarray(0, at), this.#held);
      this.#held += at;
      if (this.#held < stripeBytes) return;
      this.#addStripes(this.#rest);
      this.#held = 0;
    }
    const whole = (bytes.length - at) & -stripeBytes;
    this.#addStripes(bytes.subarray(at, at + whole));
    this.#rest.set(bytes.subarray(at + whole));
    this.#held = bytes.length - at - whole;
  }

  /** A hole counts as its length instead of its zeros. */
  addHole(length: number): void {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(length));
    this.add(number);
  }

  /** Eight digits. */
  hex(): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    let value = this.#total < stripeBytes ? prime5 : rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    value = (value + this.#total) | 0;
    let at = 0;
    for (; at + 4 <= this.#held; at += 4) {
      value = Math.imul(rotate((value + Math.imul(this.#rest.readInt32LE(at), prime3)) | 0, 17), prime4);
    }
    for (; at < this.#held; at++) {
      value = Math.imul(rotate((value + Math.imul(this.#rest[at] ?? 0, prime5)) | 0, 11), prime1);
    }
    value = Math.imul(value ^ (value >>> 15), prime2);
    value = Math.imul(value ^ (value >>> 13), prime3);
    return ((value ^ (value >>> 16)) >>> 0).toString(16).padStart(8, "0");
  }

  #addStripes(bytes: Uint8Array): void {
    // A view of numbers must begin at a multiple of their size.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
    const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
    let [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    for (let at = 0; at < words.length; at += 4) {
      a = step(a, words[at] as number);
      b = step(b, words[at + 1] as number);
      c = step(c, words[at + 2] as number);
      d = step(d, words[at + 3] as number);
    }
    this.#lanes.set([a, b, c, d]);
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function step(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, prime2)) | 0, 13), prime1);
}
