import { cacheFolder, folderOwner, leaseFolderBases } from "@vitest-machines/host";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDriverProcess, type DriverProcess } from "../../support/a-driver-process.ts";

interface Place {
  readonly root: string;
  readonly runtime: string;
}

/** Room for one test's layers and machines. */
function place(): Place {
  const own = mkdtempSync(join(tmpdir(), "vm-"));
  onTestFinished(() => rmSync(own, { recursive: true }));
  return { root: join(own, "layers"), runtime: join(own, "run") };
}

const declaration = `{ name: "pair", nodes: { a: {}, b: {} } }`;
const start = `
  const cluster = await Cluster.start(${declaration}, { layers: store, onEvent });
  say(cluster.origin.how + " " + (await cluster.machines.a.succeed("ping -c1 -W5 b > /dev/null && echo -n reached")));`;
const forkNow = `${start} await cluster.stop();`;

/** Folders below `parent` that belong to a process. */
function foldersOf(pid: number, parent: string): string[] {
  if (!existsSync(parent)) return [];
  const folders = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name }) => name).filter((name) => folderOwner(join(parent, name))?.pid === pid);
}

/** Command lines that name this place. */
function processesIn({ root, runtime }: Place): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(join("/proc", pid, "cmdline"), "utf8").replaceAll("\0", " ");
      } catch {
        // It has ended since.
        return "";
      }
    })
    .filter((line) => line.includes(root) || line.includes(runtime));
}

/** All that a process has left. */
function leftovers(where: Place, pid: number): string[] {
  const parents = [where.runtime, join(cacheFolder(), "checkpoints"), ...leaseFolderBases()];
  return [...processesIn(where), ...parents.flatMap((parent) => foldersOf(pid, parent))];
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map(String);
  } catch {
    // Not there yet, or removed while it was read.
    return [];
  }
}

/** Returns as soon as a file is there; looks all the time, because what is to be met lasts for milliseconds. */
async function appearance(folders: () => readonly string[], pattern: RegExp): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    if (folders().some((folder) => namesBelow(folder).some((name) => pattern.test(name)))) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`nothing like ${String(pattern)} appeared in ${folders().join(", ")}`);
}

async function expectNothingLeft(where: Place, { pid }: DriverProcess): Promise<void> {
  await expect.poll(() => leftovers(where, pid), { timeout: 5_000, interval: 50 }).toEqual([]);
}

it("of two processes that want one layer, one boots, and the other waits, says so, and forks", async () => {
  const where = place();
  const first = startDriverProcess(where, `${start} await told(); await cluster.stop();`);
  await appearance(() => [join(where.root, ".work")], /^build\./);
  const second = startDriverProcess(where, forkNow);
  expect(await second.line()).toBe("waiting: another process makes its layer");
  expect(await first.line()).toBe("booted reached");
  expect(await second.rest()).toEqual(["forked reached"]);
  first.tell();
  expect(await first.rest()).toEqual([]);
  expect(readdirSync(where.root).filter((name) => !name.startsWith("."))).toHaveLength(1);
  expect(leftovers(where, first.pid)).toEqual([]);
  expect(leftovers(where, second.pid)).toEqual([]);
});

describe("a process that is killed", () => {
  const hang = "await new Promise(() => undefined);";

  it("in the middle of a freeze leaves nothing but a half-made layer, which the next process removes", async () => {
    const where = place();
    const killed = startDriverProcess(where, forkNow);
    await appearance(() => [join(where.root, ".work")], /n1\/ram$/);
    await killed.kill();
    await expectNothingLeft(where, killed);
    expect(readdirSync(where.root).filter((name) => !name.startsWith("."))).toEqual([]);
    expect(await startDriverProcess(where, forkNow).rest()).toEqual(["booted reached"]);
    expect(readdirSync(join(where.root, ".work"))).toEqual([]);
  });

  it("in the middle of a fork, or with a checkpoint, or in the middle of taking one, leaves nothing", async () => {
    const where = place();
    await startDriverProcess(where, forkNow).rest();

    const forking = startDriverProcess(
      where,
      `const onPhase = (event) => { if (event.type === "machine-phase" && event.phase === "starting") say("forking"); };
       await Cluster.start(${declaration}, { layers: store, onEvent: onPhase }); ${hang}`,
    );
    expect(await forking.line()).toBe("forking");
    await appearance(() => [where.runtime], /n1(\.1)?\/qmp$/);
    await forking.kill();
    await expectNothingLeft(where, forking);

    const holding = startDriverProcess(where, `${start} await cluster.checkpoint("c"); say("taken"); ${hang}`);
    expect(await holding.line()).toBe("forked reached");
    expect(await holding.line()).toBe("taken");
    expect(foldersOf(holding.pid, join(cacheFolder(), "checkpoints"))).toHaveLength(1);
    await holding.kill();
    await expectNothingLeft(where, holding);

    const taking = startDriverProcess(where, `${start} await cluster.checkpoint("c"); say("taken"); ${hang}`);
    expect(await taking.line()).toBe("forked reached");
    const checkpoints = join(cacheFolder(), "checkpoints");
    // Its folder gets another name when it is done, which may be before it is looked into.
    await appearance(() => foldersOf(taking.pid, checkpoints).map((name) => join(checkpoints, name)), /n1\/ram$/);
    await taking.kill();
    await expectNothingLeft(where, taking);

    // The layer that they all used is as good as ever.
    expect(await startDriverProcess(where, forkNow).rest()).toEqual(["forked reached"]);
    const verify = `say(JSON.stringify((await store.verify()).flatMap(({ problems }) => problems)));`;
    expect(await startDriverProcess(where, verify).rest()).toEqual(["[]"]);
  });
});
