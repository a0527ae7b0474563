import { describe, expect, it } from "vitest";
import { commandText, endText, outputBlocks } from "../../../src/machine/run/describe.ts";

describe("a command as text", () => {
  it("is the command itself, or the words of a list quoted where a shell would need it", () => {
    expect(commandText("echo $HOME")).toBe("echo $HOME");
    expect(commandText(["printf", "%s\n", "it's"])).toBe(`printf '%s\n' 'it'\\''s'`);
  });

  it("is cut when it is very long", () => {
    expect(commandText("x".repeat(1000))).toBe(`${"x".repeat(500)}…`);
  });
});

it("output is shown with stderr first, where the reason is", () => {
  expect(outputBlocks({ stdout: "a\n", stderr: "b\n" })).toEqual(["stderr:\nb", "stdout:\na"]);
  expect(outputBlocks({ stdout: "", stderr: "" })).toEqual(["It printed nothing."]);
});

it("an end is an exit code or a signal", () => {
  expect(endText({ exitCode: 3, signal: null })).toBe("exit code 3");
  expect(endText({ exitCode: null, signal: "SIGSEGV" })).toBe("signal SIGSEGV");
});
