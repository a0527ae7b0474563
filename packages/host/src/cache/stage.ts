import { chmodSync, utimesSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../locks/with-lock.ts";
import { manifestName, writeManifest, type Manifest } from "./manifest.ts";
import { sparseSha256OfFile } from "./sparse-digest.ts";
import { withWorkshop } from "./workshop.ts";
import { recordFile, takeStamps, verifyFolder, writeStamps, type VerifyOptions } from "./verify.ts";

/** What a build leaves in its folder. */
export interface BuildResult {
  /** Files to keep and to check from now on, relative to the folder. */
  readonly files: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
  readonly packages: Readonly<Record<string, string>>;
}

/** A folder of the cache whose name says everything about what is in it. */
export interface Stage {
  readonly name: string;
  /** Its files are mostly holes, such as disks: what is not zero in them is recorded and checked. Default false. */
  readonly sparse?: boolean | undefined;
  /** Fills an empty folder; what else it leaves there is its own business. */
  build(folder: string): Promise<BuildResult>;
}

export interface StageOptions {
  signal?: AbortSignal | undefined;
  onNotice?: ((text: string) => void) | undefined;
  /** Called when another process is building this stage. */
  onWait?: (() => void) | undefined;
}

export interface ReadyStage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Finds a stage under `root`, checked, or builds it: at most one process at a time, in a folder of its own that becomes
 * visible complete or not at all. Damage is told and repaired by building again.
 */
export async function obtainStage(root: string, stage: Stage, options: StageOptions = {}): Promise<ReadyStage> {
  const folder = join(root, stage.name);
  const checks = verifyOptions(stage);
  const before = await verifyFolder(folder, checks);
  if (before.state === "good") {
    touch(folder);
    return { folder, manifest: before.manifest };
  }
  await mkdir(root, { recursive: true, mode: 0o700 });
  return withLock(
    join(root, `${stage.name}.lock`),
    async () => {
      const found = await verifyFolder(folder, checks);
      if (found.state === "good") return { folder, manifest: found.manifest };
      if (found.state === "damaged") {
        options.onNotice?.(`${folder} is damaged (${found.reason}); building it again`);
      }
      return buildStage(root, stage);
    },
    { signal: options.signal, onWait: options.onWait },
  );
}

/** A folder's own time says when it was last used. */
function touch(folder: string): void {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch (error) {
    // Somebody else's cache can be used all the same, and one that is just being replaced is as new as can be.
    if (!["EACCES", "EPERM", "EROFS", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

function verifyOptions({ sparse }: Stage): VerifyOptions {
  return sparse ? { hash: sparseSha256OfFile } : {};
}

async function buildStage(root: string, stage: Stage): Promise<ReadyStage> {
  const folder = join(root, stage.name);
  return withWorkshop(root, stage.name, async (workshop) => {
    const { files, facts, packages } = await stage.build(workshop);
    const product = join(workshop, "product");
    await mkdir(product, { mode: 0o700 });
    for (const file of files) {
      await mkdir(join(product, dirname(file)), { recursive: true });
      await rename(join(workshop, file), join(product, file));
      chmodSync(join(product, file), 0o444);
    }
    const records = await Promise.all(files.map((file) => recordFile(product, file, verifyOptions(stage).hash)));
    const manifest = { name: stage.name, builtAt: new Date().toISOString(), facts, packages, files: records };
    await writeFile(join(product, manifestName), writeManifest(manifest));
    await writeStamps(product, takeStamps(product, manifest));
    await rm(folder, { recursive: true, force: true });
    await rename(product, folder);
    return { folder, manifest };
  });
}
