import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Xxhash32 } from "../../../src/agent/copies/xxhash32.ts";

const hashOf = (...parts: Uint8Array[]): string => {
  const hash = new Xxhash32();
  for (const part of parts) hash.add(part);
  return hash.hex();
};

it.each([
  ["", "02cc5d05"],
  ["a", "550d7456"],
  ["abc", "32d153ff"],
  ["Nobody inspects the spammish repetition", "e2293b2f"],
])("is XXH32: of %j it is %s", (text, expected) => {
  expect(hashOf(Buffer.from(text))).toBe(expected);
});

it("is the same however the bytes are cut into pieces, wherever they lie in memory", () => {
  const bytes = randomBytes(1000);
  const expected = hashOf(bytes);
  for (const size of [1, 3, 15, 16, 17, 64, 333]) {
    const parts = Array.from({ length: Math.ceil(1000 / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(hashOf(...parts), `pieces of ${size} bytes`).toBe(expected);
  }
});

it("tells a hole from its zeros, and one hole from another", () => {
  const hashes = [4096, 8192].map((length) => {
    const hash = new Xxhash32();
    hash.addHole(length);
    return hash.hex();
  });
  expect(new Set([...hashes, hashOf(Buffer.alloc(4096))]).size).toBe(3);
});
