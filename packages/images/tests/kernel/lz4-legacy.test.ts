import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { findTool } from "@vitest-machines/host";
import { unpackLegacyLz4 } from "../../src/kernel/lz4-legacy.ts";
import { frame, makeLegacyLz4 } from "../support/make-lz4.ts";

test("unpacks literals of any length", () => {
  for (const length of [0, 1, 14, 15, 16, 269, 270, 271, 70_000]) {
    const content = randomBytes(length);
    expect(unpackLegacyLz4(makeLegacyLz4(content)).equals(content)).toBe(true);
  }
});

test("unpacks matches, also ones that overlap what they write", () => {
  // "abcd", then 4+3 bytes from 4 back; "-", then 4+15+2 bytes from 1 back; "end".
  const block = Buffer.concat([
    Buffer.from([0x43]), Buffer.from("abcd"), Buffer.from([4, 0]),
    Buffer.from([0x1f]), Buffer.from("-"), Buffer.from([1, 0, 2]),
    Buffer.from([0x30]), Buffer.from("end"),
  ]); // prettier-ignore
  expect(unpackLegacyLz4(frame([block])).toString()).toBe(`abcdabcdabc-${"-".repeat(21)}end`);
});

test("joins blocks", () => {
  const one = makeLegacyLz4(Buffer.from("one")).subarray(8);
  const two = makeLegacyLz4(Buffer.from("two")).subarray(8);
  expect(unpackLegacyLz4(frame([one, two])).toString()).toBe("onetwo");
});

test.each([
  ["another format", Buffer.from("not lz4 at all")],
  ["a truncated block", makeLegacyLz4(Buffer.alloc(100)).subarray(0, 50)],
  ["half a size", Buffer.concat([makeLegacyLz4(Buffer.from("x")), Buffer.from([1, 2])])],
  ["literals beyond the block", frame([Buffer.from([0x50, 1, 2])])],
  ["a match from before the start", frame([Buffer.from([0x10, 65, 9, 0, 0x10, 65])])],
  ["a match at distance zero", frame([Buffer.from([0x10, 65, 0, 0, 0x10, 65])])],
  ["a block that ends inside a match", frame([Buffer.from([0x10, 65, 1])])],
])("refuses %s", (_what, packed) => {
  expect(() => unpackLegacyLz4(packed)).toThrow(RangeError);
});

test.skipIf(findTool("lz4") === undefined)("unpacks what lz4 packs, across blocks", () => {
  const words = Array.from({ length: 2000 }, () => randomBytes(6).toString("hex"));
  const text = Array.from({ length: 900_000 }, (_, index) => words[(index * index) % words.length]).join(" ");
  const content = Buffer.from(text);
  expect(content.length).toBeGreaterThan(8 << 20);
  const packed = execFileSync("lz4", ["-lc", "-9"], {
    input: content,
    maxBuffer: 1 << 28,
    stdio: ["pipe", "pipe", "ignore"],
  });
  expect(unpackLegacyLz4(packed).equals(content)).toBe(true);
});
