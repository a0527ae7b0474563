import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Vitest } from "vitest/node";
import { claimStation } from "../../src/plugin/claim-station.ts";
import { createProject, outcome } from "../support/run-vitest.ts";

const test = `
import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, a } = cluster({ nodes: { a: {} } });
  it("first", () => a.succeed("one"));
  it("second", ({ a }) => a.succeed("two"));
});`;

describe("the plugin", () => {
  it("starts nothing for a run without clusters, and leaves nothing", async () => {
    const project = await createProject({ "a.test.ts": `import { it } from "vitest"; it("plain", () => {});` });
    const { tests, output } = await project.run();
    expect(tests).toEqual({ plain: "passed" });
    expect(output).not.toContain(" machines  ");
    expect(await readdir(project.root)).not.toContain(".vitest-machines");
  });

  it("lets every test be listed and found by a static parser without booting anything", async () => {
    const project = await createProject({ "a.test.ts": test });
    const vitest = await project.start();
    const { testModules } = await vitest.collect();
    expect(
      [...testModules[0]!.children.allTests()].map(({ fullName, location }) => [fullName, location?.line]),
    ).toEqual([
      ["net > first", 6],
      ["net > second", 7],
    ]);
    const specifications = await vitest.globTestSpecifications();
    const parsed = await vitest.experimental_parseSpecifications(specifications);
    expect([...parsed[0]!.children.allTests()].map(({ fullName }) => fullName)).toEqual([
      "net > first",
      "net > second",
    ]);
    expect(await project.journal()).toEqual([]);
    expect(existsSync(join(project.root, ".vitest-machines"))).toBe(false);
  });

  it("gives tests and hooks a minute, unless the user says otherwise", async () => {
    const timeLimits = async (config: object): Promise<number[]> => {
      const project = await createProject({ "a.test.ts": test });
      const { config: resolved } = (await project.start({ config })).projects[0]!;
      return [resolved.testTimeout, resolved.hookTimeout];
    };
    expect(await timeLimits({})).toEqual([60_000, 60_000]);
    expect(await timeLimits({ testTimeout: 1_000 })).toEqual([1_000, 60_000]);
    expect(await timeLimits({ testTimeout: 0, hookTimeout: 2_000 })).toEqual([0, 2_000]);
  });

  it("shows boots, and keeps a trace folder per run and cluster", async () => {
    const project = await createProject({ "a.test.ts": test });
    const { output } = await project.run();
    expect(output).toMatch(/ machines {2}net: booted in \d\.\d+ s \(a/);
    const [run] = (await readdir(join(project.root, ".vitest-machines"))).filter((name) => name !== ".gitignore");
    expect(await readFile(join(project.root, ".vitest-machines", run!, "net", "trace.jsonl"), "utf8")).toBe("{}\n");
  });

  it("keeps standard output clean for reporters that write there", async () => {
    const project = await createProject({ "a.test.ts": test });
    const { output } = await project.run({
      config: { reporters: ["json"], outputFile: join(project.root, "report.json") },
    });
    const report = JSON.parse(await readFile(join(project.root, "report.json"), "utf8")) as { numPassedTests: number };
    expect(report.numPassedTests).toBe(2);
    expect(output).toContain("net: booted in");
  });

  it("boots anew when watched tests run again", async () => {
    const project = await createProject({ "a.test.ts": test });
    const vitest = await project.start({ config: { watch: true } });
    await vitest.start();
    await writeFile(join(project.root, "a.test.ts"), test.replace('"one"', '"changed"'));
    const [specification] = await vitest.globTestSpecifications();
    await vitest.rerunTestSpecifications([specification!]);
    expect(outcome(vitest).tests).toEqual({ "net > first": "passed", "net > second": "passed" });
    const journal = await project.journal();
    expect(journal).toEqual(["boot a", "a: one", "a: two", "stop a", "boot a", "a: changed", "a: two", "stop a"]);
    const runs = (await readdir(join(project.root, ".vitest-machines"))).filter((name) => name !== ".gitignore");
    expect(runs).toHaveLength(2);
  });
});

describe("the station of a Vitest", () => {
  type Handler = () => Promise<void>;
  function fakeVitest(watch: boolean): { vitest: Vitest; close: () => Promise<void> } {
    const handlers: Handler[] = [];
    const vitest = {
      config: { root: `/nowhere/${Math.random()}`, watch },
      logger: { error: vi.fn() },
      onClose: (handler: Handler) => handlers.push(handler),
      onTestsRerun: vi.fn(),
    } as unknown as Vitest;
    return {
      vitest,
      close: async () => {
        await Promise.all(handlers.map((handler) => handler()));
      },
    };
  }

  it("is shared by its projects and gone after it, however often it is closed", async () => {
    const { vitest, close } = fakeVitest(false);
    const [one, two] = await Promise.all([claimStation(vitest, 1_000), claimStation(vitest, 1_000)]);
    expect(one).toBe(two);
    expect(existsSync(one.socket)).toBe(true);
    await close();
    expect(existsSync(one.socket)).toBe(false);
    await close();
  });

  it("is handed over when a watched configuration is edited", async () => {
    const before = fakeVitest(true);
    const after = fakeVitest(true);
    after.vitest.config.root = before.vitest.config.root;
    const station = await claimStation(before.vitest, 1_000);
    await before.close();
    expect(await claimStation(after.vitest, 1_000)).toBe(station);
    await before.close();
    expect(existsSync(station.socket)).toBe(true);
    await after.close();
    await vi.waitFor(() => expect(existsSync(station.socket)).toBe(false), 5_000);
  });
});
