import { describe, expect, it } from "vitest";
import { checkListedPath } from "../../../src/agent/operations/entry.ts";

describe("a path in a listing", () => {
  it.each(["", "a", "a/b", "..a/b..", "a/...", " "])("may be %j", (path) => {
    expect(() => checkListedPath(path)).not.toThrow();
  });

  it.each(["/a", "..", "../a", "a/../b", "a/..", "a//b", "a/", ".", "./a"])("may not be %j", (path) => {
    expect(() => checkListedPath(path)).toThrow(/leads out of the tree/);
  });
});
