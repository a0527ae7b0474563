import { describe, expect, test } from "vitest";
import { describeChange } from "../../src/cli/layers/describe-change.ts";
import { table } from "../../src/cli/table.ts";
import { age, size } from "../../src/cli/words.ts";

test.each([
  [0, "0.0 MiB"],
  [1.55 * 1024 ** 2, "1.6 MiB"],
  [9.99 * 1024 ** 2, "10.0 MiB"],
  [10_240 * 1024 ** 2, "10240 MiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test.each([
  [59, "just now"],
  [60, "1 minute"],
  [3599, "59 minutes"],
  [2 * 3600, "2 hours"],
  [50 * 3600, "2 days"],
])("%d seconds are %s", (seconds, text) => {
  const now = new Date();
  expect(age(new Date(now.getTime() - seconds * 1000), now)).toBe(text);
});

test("a table has columns as wide as their longest cell", () => {
  expect(table([["a", "bb"], ["ccc", "d"], ["e"]])).toEqual(["a    bb", "ccc  d", "e"]);
  expect(table([])).toEqual([]);
});

describe("a change", () => {
  const lines = (before: string | undefined, now: string | undefined): string[] =>
    describeChange({ name: "web: settings", before, now });

  test("of a plain value has both", () => {
    expect(lines("128 MiB", "256 MiB")).toEqual(["web: settings: 128 MiB → 256 MiB"]);
  });

  test("of what is new or gone says so", () => {
    expect(lines(undefined, "x")).toEqual(["web: settings: new, x"]);
    expect(lines("x", undefined)).toEqual(["web: settings: gone, was x"]);
  });

  test("of settings has the parts that differ", () => {
    const before = { vlans: [1, 2], internet: true, name: "web" };
    const now = { vlans: [1, 3], name: "web", cpus: 2 };
    expect(lines(JSON.stringify(before), JSON.stringify(now))).toEqual([
      "web: settings.vlans.1: 2 → 3",
      "web: settings.internet: true → nothing",
      "web: settings.cpus: nothing → 2",
    ]);
  });

  test("of a function's text has the first line that differs", () => {
    expect(lines("run() {\n  one();\n}", "run() {\n  two();\n}")).toEqual(["web: settings, line 2: one(); → two();"]);
    expect(lines("a\nb", "a")).toEqual(["web: settings, line 2: b → nothing"]);
  });

  test("of something long is cut", () => {
    expect(lines("a".repeat(100), "b")).toEqual([`web: settings: ${"a".repeat(12)} → b`]);
    expect(lines("y".repeat(100), "b")).toEqual([`web: settings: ${"y".repeat(59)}… → b`]);
  });
});
