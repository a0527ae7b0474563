import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Checksum } from "../../../src/agent/copies/checksum.ts";

const checksumOf = async (...parts: Uint8Array[]): Promise<string> => {
  const checksum = await Checksum.begin();
  for (const part of parts) checksum.add(part);
  return checksum.text();
};

it.each([
  ["", 0xef46db3751d8e999n],
  ["a", 0xd24ec4f1a98c6e5bn],
  ["abc", 0x44bc2cf5ad770999n],
  ["Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1n],
])("is XXH64, as a number with a sign: of %j it is %s", async (text, expected) => {
  expect(await checksumOf(Buffer.from(text))).toBe(BigInt.asIntN(64, expected).toString());
});

it("is the same however the bytes are cut into pieces, and of several at once", async () => {
  const bytes = randomBytes(1000);
  const expected = await checksumOf(bytes);
  const [one, other] = [await Checksum.begin(), await Checksum.begin()];
  for (let at = 0; at < bytes.length; at += 333) {
    one.add(bytes.subarray(at, at + 333));
    other.add(bytes.subarray(at, at + 1));
  }
  expect(one.text()).toBe(expected);
  expect(other.text()).not.toBe(expected);
});

it("tells a hole from its zeros, and one hole from another", async () => {
  const ofHole = async (length: number): Promise<string> => {
    const checksum = await Checksum.begin();
    checksum.addHole(length);
    return checksum.text();
  };
  const all = [await ofHole(4096), await ofHole(8192), await checksumOf(Buffer.alloc(4096))];
  expect(new Set(all).size).toBe(3);
});
