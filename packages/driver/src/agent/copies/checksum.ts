import xxhash, { type XXHash, type XXHashAPI } from "xxhash-wasm";

let library: Promise<XXHashAPI> | undefined;

/** A checksum of a file, made piece by piece: XXH64 with seed 0. The agent's `hash.c` is the other end. */
export class Checksum {
  readonly #state: XXHash<bigint>;

  private constructor(state: XXHash<bigint>) {
    this.#state = state;
  }

  static async begin(): Promise<Checksum> {
    library ??= xxhash();
    return new Checksum((await library).create64());
  }

  add(bytes: Uint8Array): void {
    this.#state.update(bytes);
  }

  /** A hole counts as its length instead of its zeros. */
  addHole(length: number): void {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(length));
    this.add(number);
  }

  /** As the protocol writes numbers: decimal, with a sign. */
  text(): string {
    return BigInt.asIntN(64, this.#state.digest()).toString();
  }
}
