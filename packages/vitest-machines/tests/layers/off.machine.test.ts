import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { ownCache } from "../support/own-cache.ts";
import { createProject, type Project, type RunOptions } from "../support/run-vitest.ts";

const config = { testTimeout: 60_000 };

const suite = (more = ""): string => `
import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, a } = cluster({ nodes: { a: {} }${more} });
  it("answers", () => a.succeed("true"));
});`;

let cache = "";
beforeEach(async () => {
  cache = await ownCache();
});

/** Layers in the store; none when there is no store. */
async function layers(): Promise<string[]> {
  const store = join(cache, "layers");
  return existsSync(store) ? (await readdir(store)).filter((name) => !name.startsWith(".")) : [];
}

async function run(project: Project, options: RunOptions = {}): Promise<string> {
  const { errors, output } = await project.run({ driver: "real", config, ...options });
  expect(errors).toEqual({});
  return output;
}

describe("without layers every cluster boots for real, says so and leaves none", () => {
  it.each<[string, string, RunOptions, (() => void)?]>([
    ["by the declaration", ", layers: false", {}],
    ["by the plugin's option", "", { plugin: { layers: false } }],
    ["by the environment", "", {}, () => vi.stubEnv("VITEST_MACHINES_LAYERS", "off")],
    ["by the command line", "", {}, () => void process.argv.push("--no-layers")],
  ])("%s", async (_how, more, options, before) => {
    const argv = [...process.argv];
    onTestFinished(() => void (process.argv = argv));
    before?.();
    const output = await run(await createProject({ "a.test.ts": suite(more) }), options);
    expect(output).toMatch(/net: booted in \d+\.\d+ s \(a \d+\.\d+ s\)\n/);
    expect(await layers()).toEqual([]);
  });

  it("and one that is there is left alone", async () => {
    const project = await createProject({ "a.test.ts": suite() });
    await run(project);
    const [layer, ...more] = await layers();
    expect(more).toEqual([]);
    const output = await run(project, { plugin: { layers: false } });
    expect(output).toMatch(/net: booted in \d+\.\d+ s \(a \d+\.\d+ s\)\n/);
    expect(await layers()).toEqual([layer]);
  });
});

it("a failed test in a fork has the console of the boot beside it, and its trace says what it is a fork of", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { describe } from "vitest";
      import { cluster } from "vitest-machines";
      describe("net", () => {
        const { it, a } = cluster({ nodes: { a: { kernelParams: ["loglevel=6"] } } });
        it("fails", async () => {
          // What is printed comes over another line than a command's result, and may be later.
          const printed = a.waitForConsoleText(/from the test/);
          await a.succeed("echo from the test > /dev/console");
          await printed;
          await a.succeed("echo why >&2; exit 3");
        });
      });`,
  });
  const origins: Record<string, unknown>[] = [];
  for (const how of ["booted", "forked"]) {
    const { tests, test } = await project.run({ driver: "real", config });
    expect(tests, how).toEqual({ "net > fails": "failed" });
    const { message } = test("net > fails")
      .annotations()
      .find(({ type }) => type === "machine a")!;
    expect(message).toMatch(/\$ echo why >&2; exit 3[^]*why/);
    const runs = (await readdir(join(project.root, ".vitest-machines"))).filter((name) => name !== ".gitignore").sort();
    const folder = join(project.root, ".vitest-machines", runs.at(-1)!, "net");
    const console = await readFile(join(folder, "a.console.log"), "utf8");
    expect(console).toMatch(/Linux version[^]*from the test/);
    expect(message).toMatch(/console[^]*from the test/);
    const trace = (await readFile(join(folder, "trace.jsonl"), "utf8")).trim().split("\n");
    const entries = trace.map((line) => JSON.parse(line) as Record<string, unknown>);
    origins.push(entries.find(({ type }) => type === "ready")!);
  }
  const [layer] = await layers();
  expect(origins).toMatchObject([
    { elapsedMs: expect.any(Number) as number, origin: { how: "booted", frozen: true } },
    {
      elapsedMs: expect.any(Number) as number,
      origin: { how: "forked", layerKey: layer, spare: false, ageMs: expect.any(Number) as number },
    },
  ]);
});
