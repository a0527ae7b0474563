import { stripVTControlCharacters } from "node:util";
import { MachinesError } from "@vitest-machines/host";
import { expect, test } from "vitest";
import { UsageError, type Command } from "../../src/cli/command.ts";
import { dispatch } from "../../src/cli/dispatch.ts";
import { readFlags } from "../../src/cli/options.ts";

function command(name: string, run: Command["run"] = async () => 0): Command {
  return { name, summary: `what ${name} does`, options: ["--fast  Hurry"], run };
}

async function call(argv: string[], commands: Command[]): Promise<{ exitCode: number; out: string; notes: string }> {
  const lines = { out: [] as string[], notes: [] as string[] };
  const exitCode = await dispatch(argv, commands, {
    out: (line) => lines.out.push(line),
    note: (line) => lines.notes.push(line),
  });
  const text = (all: string[]): string => stripVTControlCharacters(all.join("\n"));
  return { exitCode, out: text(lines.out), notes: text(lines.notes) };
}

test("a command gets what follows its name, and its answer is the exit code", async () => {
  const setup = command("setup", async (argv, output) => {
    output.out(argv.join(" "));
    return 7;
  });
  expect(await call(["setup", "--fast"], [setup])).toEqual({ exitCode: 7, out: "--fast", notes: "" });
});

test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("%j lists the commands and their options", async (argv) => {
  const { exitCode, out } = await call(argv, [command("setup"), command("doctor")]);
  expect(exitCode).toBe(0);
  expect(out).toContain("setup   what setup does");
  expect(out).toContain("doctor  what doctor does");
  expect(out).toContain("--fast  Hurry");
});

test("--help behind a command is about that command and does not run it", async () => {
  const { exitCode, out } = await call(["setup", "--help"], [command("setup", async () => 9), command("doctor")]);
  expect(exitCode).toBe(0);
  expect(out).toBe("what setup does\n\nUsage  vitest-machines setup [OPTIONS]\n  --fast  Hurry");
});

test.each(["--version", "-v"])("%s prints the version alone", async (flag) => {
  expect((await call([flag], [])).out).toMatch(/^\d+\.\d+\.\d+$/);
});

test("an unknown command is wrong use, and the valid ones are named", async () => {
  expect(await call(["docter"], [command("setup"), command("doctor")])).toEqual({
    exitCode: 2,
    out: "",
    notes: 'vitest-machines: unknown command "docter". Valid commands: setup, doctor. See also --help.',
  });
});

test("an error of ours is shown without a stack trace", async () => {
  const failing = command("setup", () =>
    Promise.reject(new MachinesError("TOOL_MISSING", "no flock.", { hint: "Get it." })),
  );
  expect(await call(["setup"], [failing])).toEqual({ exitCode: 1, out: "", notes: "TOOL_MISSING: no flock.\nGet it." });
});

test("an error that nobody foresaw is not hidden", async () => {
  const failing = command("setup", () => Promise.reject(new TypeError("a bug")));
  await expect(call(["setup"], [failing])).rejects.toThrow("a bug");
});

test("flags are read, absent ones are false", () => {
  expect(readFlags("doctor", ["--json"], ["json", "quiet"])).toEqual({ json: true, quiet: false });
});

test.each([[["--jsn"]], [["--json=yes"]], [["extra"]]])("refuses %j and names the valid flags", (argv) => {
  expect(() => readFlags("doctor", argv, ["json"])).toThrow(UsageError);
  expect(() => readFlags("doctor", argv, ["json"])).toThrow("Valid options: --json.");
});
