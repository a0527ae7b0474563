import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Below the project's root; one folder per run, one per cluster in it. */
export const evidenceFolder = ".vitest-machines";
/** How many runs' folders stay. */
const keptRuns = 5;
const runName = /^\d{8}T\d{9}Z-\d+$/;

/** The folder of one run, in which every cluster gets a folder of its own. */
export class Run {
  readonly folder: string;
  readonly #clusters = new Map<string, number>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Creates the run's folder and removes those of runs that are long past. */
  static async begin(root: string, now: Date = new Date()): Promise<Run> {
    const parent = join(root, evidenceFolder);
    // Sorts by time; the pid tells two Vitest processes apart.
    const stamp = now.toISOString().replace(/[-:.]/g, "");
    const folder = join(parent, `${stamp}-${process.pid}`);
    await mkdir(folder, { recursive: true });
    // Evidence is never for the repository, and users should not have to know that the folder exists.
    await writeFile(join(parent, ".gitignore"), "*\n");
    await prune(parent);
    return new Run(folder);
  }

  /** A folder name for a cluster, unique in this run. */
  clusterFolder(cluster: string): string {
    const name =
      cluster
        .replace(/[^\p{L}\p{N}._-]+/gu, "-")
        .replace(/^[-.]+|-+$/g, "")
        .slice(0, 60) || "cluster";
    const count = (this.#clusters.get(name) ?? 0) + 1;
    this.#clusters.set(name, count);
    return join(this.folder, count === 1 ? name : `${name}-${count}`);
  }
}

async function prune(parent: string): Promise<void> {
  const runs = (await readdir(parent)).filter((name) => runName.test(name)).sort();
  await Promise.all(runs.slice(0, -keptRuns).map((name) => rm(join(parent, name), { recursive: true, force: true })));
}
