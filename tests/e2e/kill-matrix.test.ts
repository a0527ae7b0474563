import { describe, expect, it } from "vitest";
import { nothingLeftWithin, processesOf } from "./harness/leftovers.ts";
import { hanging } from "./harness/hanging.ts";
import { layersAnyway } from "./harness/own-layers.ts";
import { createProject, type Project, type ProjectOptions, type RunningVitest } from "./harness/project.ts";

interface Hanging {
  project: Project;
  run: RunningVitest;
  worker: number;
}

async function upAndHanging(pool: string, options: ProjectOptions & { suite?: string } = {}): Promise<Hanging> {
  const project = await createProject({ "net.test.ts": options.suite ?? hanging }, options);
  const run = project.vitest(["run", `--pool=${pool}`]);
  await run.printed(/MACHINES ARE UP worker=(\d+)/, { timeout: 120_000 });
  return { project, run, worker: Number(/worker=(\d+)/.exec(run.output())?.[1]) };
}

async function pidOf(project: Project, program: RegExp): Promise<number> {
  const line = (await processesOf(project.runtimeFolder)).find((text) => program.test(text));
  if (line === undefined) throw new Error(`no process ${String(program)}`);
  return Number(line.split(" ")[0]);
}

async function machinesOf({ project }: Hanging): Promise<string[]> {
  return (await processesOf(project.runtimeFolder)).filter((line) => /qemu-system/.test(line));
}

/** The same, and the keeper has made a fork for the next test, or is about to: each test starts from the layer. */
async function hangingWithSpare(machines: number): Promise<Hanging> {
  const suite = hanging.replace("{ one: {}, two: {} } }", '{ one: {}, two: {} }, reset: "test" }');
  const state = await upAndHanging("forks", { suite, env: layersAnyway });
  await machinesReach(state, machines);
  return state;
}

async function machinesReach(state: Hanging, count: number): Promise<void> {
  const end = performance.now() + 20_000;
  while ((await machinesOf(state)).length < count) {
    if (performance.now() > end) throw new Error("no fork was made ahead of time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
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

describe.each([
  ["when a fork was made ahead of time", 4],
  ["while a fork is made ahead of time", 3],
])("%s", (_when, machines) => {
  it.each(["SIGINT", "SIGKILL"] as const)("%s to Vitest leaves nothing after 5 s", async (signal) => {
    const { project, run } = await hangingWithSpare(machines);
    process.kill(run.pid, signal);
    await run.exit;
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });

  it("SIGKILL of a worker leaves nothing after 5 s", async () => {
    const { project, run, worker } = await hangingWithSpare(machines);
    process.kill(worker, "SIGKILL");
    expect((await run.exit).output).toContain("Worker exited unexpectedly");
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });

  it("SIGKILL of the keeper leaves nothing after 5 s", async () => {
    const { project, run } = await hangingWithSpare(machines);
    process.kill(await pidOf(project, /keeper/), "SIGKILL");
    expect((await run.exit).code).toBe(1);
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });
});

it("a fork made ahead of time of which a machine was killed is not used, and nothing of it is left", async () => {
  const suite = `
    import { existsSync } from "node:fs";
    import { setTimeout as delay } from "node:timers/promises";
    ${hanging
      .replace("{ one: {}, two: {} } }", '{ one: {}, two: {} }, reset: "test" }')
      .replace('await one.succeed("sleep 1000")', 'while (!existsSync("go")) await delay(50)')
      .replace(/\}\);\s*$/, 'it("goes on", () => one.succeed("ping -c1 two")); });')}`;
  const state = await upAndHanging("forks", { suite, env: layersAnyway });
  await machinesReach(state, 4);
  // Started last.
  const [spare] = (await machinesOf(state)).map((line) => Number(line.split(" ")[0])).slice(-1);
  process.kill(spare ?? 0, "SIGKILL");
  await state.project.write({ go: "" });
  const { code, output } = await state.run.exit;
  expect(code, output).toBe(0);
  expect(await nothingLeftWithin(state.project.runtimeFolder, 5000)).toEqual(nothing);
});
