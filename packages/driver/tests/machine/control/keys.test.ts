import { expect, test } from "vitest";
import { keysOf } from "../../../src/machine/control/keys.ts";

const codes = (key: string): (string | number)[] => keysOf(key).map(({ data }) => data);

test.each<[string, (string | number)[]]>([
  ["a", ["a"]],
  ["A", ["shift", "a"]],
  ["7", ["7"]],
  ["&", ["shift", "7"]],
  ["-", ["minus"]],
  ["_", ["shift", "minus"]],
  ['"', ["shift", "apostrophe"]],
  ["~", ["shift", "grave_accent"]],
  [" ", ["spc"]],
  ["\n", ["ret"]],
  ["ret", ["ret"]],
  ["kp_enter", ["kp_enter"]],
  ["ctrl-alt-delete", ["ctrl", "alt", "delete"]],
  ["ctrl-C", ["ctrl", "c"]],
  ["alt-f2", ["alt", "f2"]],
  ["ctrl-shift-.", ["ctrl", "shift", "dot"]],
  ["0x1c", [0x1c]],
  ["shift-0x0C", ["shift", 0x0c]],
])("%j is %j", (key, expected) => {
  expect(codes(key)).toEqual(expected);
});

test("every printable character of ASCII has its keys, and no two the same", () => {
  const all = Array.from({ length: 95 }, (_, index) => codes(String.fromCharCode(32 + index)).join("+"));
  expect(new Set(all).size).toBe(95);
});

test.each(["", "é", "€", "ctrl-", "a b"])("%j is no key", (key) => {
  expect(() => keysOf(key)).toThrow(/key: .* is no key\.\nValid: a character of the US keyboard/);
});
