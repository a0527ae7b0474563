import { describe, expect, it } from "vitest";
import { nothingLeftWithin, processesOf } from "./harness/leftovers.ts";
import { hanging } from "./harness/hanging.ts";
import { createProject, type Project, type RunningVitest } from "./harness/project.ts";

async function upAndHanging(pool: string): Promise<{ project: Project; run: RunningVitest; worker: number }> {
  const project = await createProject({ "net.test.ts": hanging });
  const run = project.vitest(["run", `--pool=${pool}`]);
  await run.printed(/MACHINES ARE UP worker=(\d+)/, { timeout: 120_000 });
  return { project, run, worker: Number(/worker=(\d+)/.exec(run.output())?.[1]) };
}

async function pidOf(project: Project, program: RegExp): Promise<number> {
  const line = (await processesOf(project.runtimeFolder)).find((text) => program.test(text));
  if (line === undefined) throw new Error(`no process ${String(program)}`);
  return Number(line.split(" ")[0]);
}

const nothing = { processes: [], files: [] };

describe.each(["forks", "threads"])("with pool %s", (pool) => {
  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s to Vitest leaves nothing after 5 s", async (signal) => {
    const { project, run } = await upAndHanging(pool);
    process.kill(run.pid, signal);
    await run.exit;
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });

  it("SIGINT to the whole process group, as a terminal sends it, leaves nothing after 5 s", async () => {
    const { project, run } = await upAndHanging(pool);
    process.kill(-run.pid, "SIGINT");
    await run.exit;
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });
});

it("Ctrl-C in a terminal leaves nothing after 5 s", async () => {
  const project = await createProject({ "net.test.ts": hanging });
  const run = project.vitest(["run"], { tty: true });
  await run.printed(/MACHINES ARE UP/, { timeout: 120_000 });
  run.child.stdin?.write("\x03");
  await run.exit;
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

it("SIGKILL of a worker ends its machines and Vitest reports the file", async () => {
  const { project, run, worker } = await upAndHanging("forks");
  process.kill(worker, "SIGKILL");
  const { code, output } = await run.exit;
  expect(code).toBe(1);
  expect(output).toContain("Worker exited unexpectedly");
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

it("SIGKILL of the keeper fails the test at once and leaves nothing, and the next start works", async () => {
  const { project, run } = await upAndHanging("forks");
  process.kill(await pidOf(project, /keeper/), "SIGKILL");
  const { code, output } = await run.exit;
  expect(code).toBe(1);
  expect(output).toMatch(/KEEPER_LOST|MACHINE_DOWN|AGENT_LOST/);
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);

  await project.write({ "net.test.ts": hanging.replace(`await one.succeed("sleep 1000");`, "") });
  expect((await project.vitest(["run"]).exit).code).toBe(0);
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

it("SIGKILL of a machine's QEMU fails the test at once with the machine's name, and leaves nothing", async () => {
  const { project, run } = await upAndHanging("forks");
  process.kill(await pidOf(project, /qemu-system.* -name one,/), "SIGKILL");
  const { code, output } = await run.exit;
  expect(code).toBe(1);
  expect(output).toContain("MACHINE_DOWN");
  expect(output).toMatch(/machine `?"?one/);
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});
