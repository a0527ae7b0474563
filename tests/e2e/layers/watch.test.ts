import { execFile } from "node:child_process";
import { readFile, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { nothingLeftWithin, processesOf } from "../harness/leftovers.ts";
import { ownLayers } from "../harness/own-layers.ts";
import { createProject, type Project, type RunningVitest } from "../harness/project.ts";

const execute = promisify(execFile);
const nothing = { processes: [], files: [] };

const suite = (word: string, memory = 128): string => `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
describe("pair", () => {
  const { it, one } = cluster({ nodes: { one: {}, two: {} } });
  it("says ${word}", async () => {
    await one.succeed("ping -c1 two", "test ! -e /mine", "touch /mine");
    expect(await one.succeed("echo ${word}")).toBe("${word}\\n");
  });
});
describe("single", () => {
  const { it, big } = cluster({ nodes: { big: { memory: ${String(memory)} } } });
  it("is alone", () => big.succeed("test ! -e /mine", "touch /mine"));
});
`;

/** Does something that makes watched tests run again, and returns what that run printed. */
async function rerun(run: RunningVitest, edit: () => Promise<void>, passed = 2): Promise<string> {
  const from = run.output().length;
  await edit();
  await run.printed(/Waiting for file changes/, { from, timeout: 120_000 });
  const printed = run.output().slice(from);
  expect(printed).toMatch(new RegExp(`Tests\\s+${String(passed)} passed`));
  return printed;
}

async function pidsOf(project: Project, what: RegExp): Promise<string[]> {
  return (await processesOf(project.runtimeFolder))
    .filter((line) => what.test(line))
    .map((line) => line.split(" ")[0]!);
}

/** Waits until so many machines have been made ahead of time: nobody connects to them, so there is nothing else to see. */
async function sparesOf(project: Project, count: number): Promise<string[]> {
  const end = performance.now() + 30_000;
  for (;;) {
    const pids = await pidsOf(project, /qemu-system/);
    if (pids.length === count) return pids;
    if (performance.now() > end) throw new Error(`there are ${String(pids.length)} machines, and not ${String(count)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

it("reruns are forks made ahead of time; an edited declaration boots, and only that; an edited config keeps all", async () => {
  const env = await ownLayers();
  const project = await createProject({ "net.test.ts": suite("first") }, { env });
  const run = project.vitest(["--watch"], { tty: true });
  await run.printed(/Waiting for file changes/, { timeout: 120_000 });
  expect(run.output()).toMatch(/Tests\s+2 passed/);
  expect(run.output()).toMatch(/pair: booted in .*; frozen, so that the next one is forked/);
  expect(run.output()).toMatch(/single: booted in .*; frozen/);

  const second = await rerun(run, () => project.write({ "net.test.ts": suite("second") }));
  expect(second).toMatch(/pair: forked in .* saved; layer of just now\)/);
  expect(second).toMatch(/single: forked in /);
  await sparesOf(project, 3);
  const third = await rerun(run, () => project.write({ "net.test.ts": suite("third") }));
  expect(third).toMatch(/pair: forked in \d\.\d+ s ahead of time \(/);
  expect(third).toMatch(/single: forked in \d\.\d+ s ahead of time \(/);

  await sparesOf(project, 3);
  const edited = await rerun(run, () => project.write({ "net.test.ts": suite("third", 144) }));
  expect(edited).toMatch(/pair: forked in .* ahead of time/);
  expect(edited).toMatch(/single: booted in .*; frozen/);

  const cli = join(inject("packedInstall"), "node_modules/vitest-machines/dist/cli/main.js");
  const why = await execute(process.execPath, [cli, "layers", "why", "net.test.ts > single"], {
    env: { ...process.env, ...env },
  });
  expect(why.stdout).toMatch(/there was no layer [^]*big: memory: 128 MiB → 144 MiB/);

  const keeper = await pidsOf(project, /keeper/);
  // The pair's, the larger single one, and that of the declaration that is gone.
  const spares = await sparesOf(project, 4);
  const config = join(project.folder, "vitest.config.ts");
  const text = await readFile(config, "utf8");
  const configured = await rerun(run, async () => {
    await project.write({ "vitest.config.ts": `${text}\n// edited\n` });
    await utimes(config, new Date(), new Date());
  });
  expect(configured).toMatch(/pair: forked in .* ahead of time/);
  expect(configured).toMatch(/single: forked in .* ahead of time/);
  expect(await pidsOf(project, /keeper/)).toEqual(keeper);
  const left = await sparesOf(project, 4);
  expect(
    left.filter((pid) => spares.includes(pid)),
    "of the declaration that is gone",
  ).toHaveLength(1);

  run.child.stdin?.write("q");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

it('with reset: "never" a rerun goes on with the machines as the last one left them, and a run of its own does not', async () => {
  const counting = (word: string): string => `
    import { cluster } from "vitest-machines";
    const { it, one, two } = cluster({ nodes: { one: {}, two: {} }, reset: "never" });
    it("counts ${word}", async () => {
      const count = await one.succeed("echo x >> /count; ping -c1 two > /dev/null; grep -c x /count");
      process.stderr.write("COUNT " + count);
      await two.succeed("true");
    });`;
  const project = await createProject({ "net.test.ts": counting("first") }, { env: await ownLayers() });
  const run = project.vitest(["--watch"], { tty: true });
  await run.printed(/Waiting for file changes/, { timeout: 120_000 });
  expect(run.output()).toMatch(/^COUNT 1\s/m);
  for (const count of [2, 3, 4]) {
    const printed = await rerun(run, () => project.write({ "net.test.ts": counting(String(count)) }), 1);
    expect(printed).toMatch(/net\.test\.ts: goes on as the last run has left it, after /);
    expect(printed).toMatch(new RegExp(`^COUNT ${String(count)}\\s`, "m"));
  }
  run.child.stdin?.write("q");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);

  const { output } = await project.vitest(["run"]).exit;
  expect(output).toMatch(/net\.test\.ts: forked in /);
  expect(output).toMatch(/^COUNT 1\s/m);
});

it("when nothing happens for a while, the keeper and its forks end and give their memory back; the next run is none the worse", async () => {
  const project = await createProject(
    {
      "net.test.ts": suite("first"),
      "vitest.config.ts": `
        import { defineConfig } from "vitest/config";
        import { machines } from "vitest-machines/plugin";
        export default defineConfig({ plugins: [machines({ idleTimeout: 3_000 })] });`,
    },
    { env: await ownLayers() },
  );
  const run = project.vitest(["--watch"], { tty: true });
  await run.printed(/Waiting for file changes/, { timeout: 120_000 });
  await sparesOf(project, 3);
  expect(await budgetEntries(project)).toHaveLength(2);

  await sparesOf(project, 0);
  const end = performance.now() + 5_000;
  while ((await pidsOf(project, /keeper|vde_switch|qemu/)).length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(await pidsOf(project, /keeper|vde_switch|qemu/)).toEqual([]);
  expect(await budgetEntries(project)).toEqual([]);
  expect((await readdir(project.runtimeFolder)).filter((name) => /^(pair|single|keeper)/.test(name))).toEqual([]);

  const second = await rerun(run, () => project.write({ "net.test.ts": suite("second") }));
  expect(second).toMatch(/pair: forked in /);
  run.child.stdin?.write("q");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

/** Memory that is promised to somebody. */
async function budgetEntries(project: Project): Promise<unknown[]> {
  const ledger = (await readdir(project.runtimeFolder)).find((name) => /^budget.*\.json$/.test(name));
  if (ledger === undefined) throw new Error("there is no ledger");
  return (JSON.parse(await readFile(join(project.runtimeFolder, ledger), "utf8")) as { entries: unknown[] }).entries;
}
