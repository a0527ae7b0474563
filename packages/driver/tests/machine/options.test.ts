import { expect, it } from "vitest";
import { splitArguments } from "../../src/machine/options.ts";

it("tells commands, lists and options apart", () => {
  expect(splitArguments(["one", ["two", "2"], { timeout: 5 }])).toEqual({
    commands: ["one", ["two", "2"]],
    options: { timeout: 5 },
  });
  expect(splitArguments(["one"])).toEqual({ commands: ["one"], options: {} });
});
