import { expect, test } from "vitest";
import { freeStart, hasRange } from "../../src/build/sub-uids.ts";

const file = "alice:100000:65536\n1001:165536:65536\n";

test("knows who has a range, by name or number", () => {
  expect(hasRange(file, "alice", 1000)).toBe(true);
  expect(hasRange(file, "bob", 1001)).toBe(true);
  expect(hasRange(file, "ali", 100)).toBe(false);
});

test("offers numbers that nobody has", () => {
  expect(freeStart(["", ""])).toBe(100_000);
  expect(freeStart([file, "carol:300000:10\n"])).toBe(300_010);
});
