import { describe, expect, it } from "vitest";
import { encodeFields, Fields } from "../../../src/agent/protocol/fields.ts";

describe("fields", () => {
  it("keep what they carry, with equals signs, line ends and nothing at all", () => {
    const fields = new Fields(encodeFields([["a", "x=y\n"], ["b", ""], ["c", -42]])); // prettier-ignore
    expect(fields.text("a")).toBe("x=y\n");
    expect(fields.text("b")).toBe("");
    expect(fields.number("c")).toBe(-42);
    expect(fields.text("d")).toBeUndefined();
    expect(fields.number("a")).toBeUndefined();
  });

  it("cannot carry NUL", () => {
    expect(() => encodeFields([["arg", "a\0b"]])).toThrow(/arg holds a NUL character/);
  });

  it("survive any bytes", () => {
    expect(new Fields(Buffer.from([0, 0, 61, 255, 0, 1, 61])).text("")).toBeUndefined();
  });
});
