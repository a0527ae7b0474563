import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Leftovers {
  /** `pid command line` of every process whose environment names the run's private runtime folder. */
  processes: string[];
  /** Files and sockets below the runtime folder. */
  files: string[];
}

/**
 * What a run left behind. Each run gets a runtime folder of its own; every process that it starts inherits that,
 * so /proc tells ours from everybody else's, whoever their parent is by now.
 */
export async function leftovers(runtimeFolder: string): Promise<Leftovers> {
  return { processes: await processesOf(runtimeFolder), files: await filesBelow(runtimeFolder) };
}

export async function processesOf(runtimeFolder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1");
      if (!environment.split("\0").includes(`VITEST_MACHINES_RUNTIME=${runtimeFolder}`)) continue;
      const state = /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, "latin1"))?.[1];
      if (state === "Z") continue;
      found.push(`${pid} ${(await readFile(`/proc/${pid}/cmdline`, "latin1")).replaceAll("\0", " ").slice(0, 600)}`);
    } catch (error) {
      if (!gone(error)) throw error;
    }
  }
  return found;
}

/** The budget's ledger and its lock are one user's, not one run's: they stay. */
const shared = /^budget[^/]*$/;

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((name) => !shared.test(name)).map((name) => join(folder, name));
  } catch (error) {
    if (gone(error)) return [];
    throw error;
  }
}

/** Waits until nothing is left, at most `milliseconds`; returns what still is there then. */
export async function nothingLeftWithin(runtimeFolder: string, milliseconds: number): Promise<Leftovers> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const left = await leftovers(runtimeFolder);
    if ((left.processes.length === 0 && left.files.length === 0) || performance.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function gone(error: unknown): boolean {
  return (
    error instanceof Error && "code" in error && ["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(String(error.code))
  );
}

/** A short path, and memory where there is: the product itself chooses so. */
export function createRuntimeFolder(): Promise<string> {
  return mkdtemp(existsSync("/dev/shm") ? "/dev/shm/vmx-" : "/tmp/vmx-");
}
