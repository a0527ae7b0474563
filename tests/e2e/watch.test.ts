import { readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nothingLeftWithin, processesOf } from "./harness/leftovers.ts";
import { createProject } from "./harness/project.ts";

const suite = (word: string): string => `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, one } = cluster({ nodes: { one: {}, two: {} } });
  it("says ${word}", async () => {
    await one.succeed("ping -c1 two");
    expect(await one.succeed("echo ${word}")).toBe("${word}\\n");
  });
});
`;

it("reruns an edited file, survives an edited config, and leaves nothing when it is quit", async () => {
  const project = await createProject({ "net.test.ts": suite("first") });
  const run = project.vitest(["--watch"], { tty: true });
  await run.printed(/Waiting for file changes/, { timeout: 120_000 });
  expect(run.output()).toMatch(/Tests\s+1 passed/);

  let from = run.output().length;
  await project.write({ "net.test.ts": suite("second") });
  await run.printed(/Waiting for file changes/, { from, timeout: 120_000 });
  expect(run.output().slice(from)).toMatch(/Tests\s+1 passed/);

  const keepersBefore = (await processesOf(project.runtimeFolder)).filter((line) => line.includes("keeper")).length;
  from = run.output().length;
  const config = join(project.folder, "vitest.config.ts");
  await project.write({ "vitest.config.ts": `${await readFile(config, "utf8")}\n// edited\n` });
  await utimes(config, new Date(), new Date());
  await run.printed(/Waiting for file changes/, { from, timeout: 120_000 });
  expect(run.output().slice(from)).toMatch(/Tests\s+1 passed/);
  const keepersAfter = (await processesOf(project.runtimeFolder)).filter((line) => line.includes("keeper")).length;
  expect(keepersAfter).toBeLessThanOrEqual(Math.max(1, keepersBefore));

  run.child.stdin?.write("q");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual({ processes: [], files: [] });
});

it("Ctrl-C in the middle of a watch run ends the machines", async () => {
  const project = await createProject({
    "net.test.ts": suite("first").replace(
      `await one.succeed("ping -c1 two");`,
      `process.stderr.write("UP\\n"); await one.succeed("sleep 1000");`,
    ),
  });
  const run = project.vitest(["--watch", "--testTimeout=300000"], { tty: true });
  await run.printed(/^UP/m, { timeout: 120_000 });
  run.child.stdin?.write("\x03");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual({ processes: [], files: [] });
});

it("Ctrl-C gives up a boot, which would last for minutes", async () => {
  const never = `{ nodes: { one: { ready: () => new Promise(() => undefined) } }, bootTimeout: 600_000 }`;
  const project = await createProject({
    "net.test.ts": suite("first").replace("{ nodes: { one: {}, two: {} } }", never),
  });
  const run = project.vitest(["--watch", "--hookTimeout=600000"], { tty: true });
  await run.printed(/booting net: one/, { timeout: 120_000 });
  run.child.stdin?.write("\x03");
  await run.exit;
  expect(run.output()).toContain("stopped waiting: the run was cancelled");
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual({ processes: [], files: [] });
});
