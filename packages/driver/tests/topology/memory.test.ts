import fc from "fast-check";
import { expect, it } from "vitest";
import { parseMemory } from "../../src/topology/memory.ts";

it.each([
  ["512M", 512],
  ["1G", 1024],
  ["1.5G", 1536],
  ["256 MiB", 256],
  ["2gb", 2048],
  [384, 384],
])("%j is %d MiB", (value, mebibytes) => {
  expect(parseMemory(value, "memory")).toBe(mebibytes);
});

it("any number of MiB means the same as text and as a number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 48, max: 1024 * 1024 }), (mebibytes) => {
      expect(parseMemory(`${mebibytes}M`, "memory")).toBe(parseMemory(mebibytes, "memory"));
    }),
  );
});

it.each(["", "512", "512K", "-1G", "1e3M", NaN, 100.5, null, {}])("%j is refused", (value) => {
  expect(() => parseMemory(value, "nodes.a.memory")).toThrow(/^DECLARATION_INVALID: nodes\.a\.memory: /);
});
