import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tail } from "../../src/trace/tail.ts";
import { openTrace } from "../../src/trace/trace.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "trace-"))));
afterEach(() => rm(folder, { recursive: true }));

const unexpected = (error: Error): never => {
  throw error;
};

it("writes one line of JSON for each entry, with times that only grow", async () => {
  const trace = openTrace(join(folder, "a", "b"), unexpected);
  trace.add({ type: "cluster-phase", phase: "lease" });
  trace.add({ type: "console", machine: "web", line: 'Linux\tsays "hello"\n' });
  trace.close();
  const lines = (await readFile(join(folder, "a", "b", "trace.jsonl"), "utf8")).trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line) as { at: number; type: string; wallClock?: string });
  expect(entries.map(({ type }) => type)).toEqual(["start", "cluster-phase", "console"]);
  expect(new Date(entries[0]!.wallClock!).getTime()).toBeCloseTo(Date.now(), -4);
  expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort((a, b) => a - b));
});

it("keeps a plain console log for each machine", async () => {
  const trace = openTrace(folder, unexpected);
  trace.console("web", "one\n");
  trace.console("db", "other\n");
  trace.console("web", "two\n");
  trace.close();
  expect(await readFile(join(folder, "web.console.log"), "utf8")).toBe("one\ntwo\n");
  expect(await readFile(join(folder, "db.console.log"), "utf8")).toBe("other\n");
});

it("begins a console log with what the machine printed before, once", async () => {
  const trace = openTrace(folder, unexpected);
  trace.consolePast("web", "");
  trace.consolePast("web", "boot\n");
  trace.console("web", "one\n");
  trace.consolePast("web", "boot\n");
  trace.close();
  expect(await readFile(join(folder, "web.console.log"), "utf8")).toBe("boot\none\n");
});

it("never throws: a trace that cannot be written is reported once", () => {
  const failures: Error[] = [];
  const trace = openTrace("/dev/null/folder", (error) => failures.push(error));
  trace.add({ type: "notice", text: "still here" });
  trace.console("web", "still here\n");
  trace.close();
  expect(failures).toHaveLength(1);
});

it("ignores what comes after its end", async () => {
  const trace = openTrace(folder, unexpected);
  trace.close();
  trace.add({ type: "notice", text: "late" });
  expect(await readFile(join(folder, "trace.jsonl"), "utf8")).not.toContain("late");
});

it("a tail says how much it leaves out", () => {
  expect(tail("one\ntwo\n")).toBe("one\ntwo");
  expect(tail("one\ntwo\nthree\n", 2)).toBe("… (4 characters before this)\ntwo\nthree");
  expect(tail("abcdef", 1, 2)).toBe("… (4 characters before this)\nef");
});
