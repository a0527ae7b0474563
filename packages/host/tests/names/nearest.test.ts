import { describe, expect, it } from "vitest";
import { nearest } from "../../src/names/nearest.ts";

describe("the nearest name", () => {
  it.each([
    ["memroy", "memory"],
    ["cpu", "cpus"],
    ["VLANS", "vlans"],
    ["networks", undefined],
  ])("of %s is %s", (word, expected) => {
    expect(nearest(word, ["image", "memory", "cpus", "vlans"])).toBe(expected);
  });
});
