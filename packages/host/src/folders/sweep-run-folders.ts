import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { currentPidNamespace, hostBootId, isSameProcess } from "../processes/identity.ts";
import { killProcess } from "../processes/kill-process.ts";
import { leaseFolderBases } from "./lease-folder.ts";
import { folderOwner, ownerFile, recordedChildren, unfinishedPrefix } from "./run-folder.ts";

export interface Swept {
  readonly folder: string;
  /** Processes that were still running and had to be killed. */
  readonly killed: readonly number[];
}

/** How long a folder may stay without a readable owner record; writing it takes its creator microseconds. */
const unfinishedForMs = 60_000;

/**
 * Ends what processes left behind that could not clean up (kill -9, power loss): kills the recorded children of owners
 * that are gone, by pid and start time, and removes their run folders. Folders whose owner lives are not touched.
 */
export async function sweepRunFolders(bases: readonly string[] = leaseFolderBases()): Promise<Swept[]> {
  const folders = bases.flatMap((base) =>
    readdirSync(base, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(base, entry.name)),
  );
  const swept = await Promise.all(folders.map(sweep));
  return swept.filter((result) => result !== undefined);
}

async function sweep(folder: string): Promise<Swept | undefined> {
  const owner = folderOwner(folder);
  if (owner === undefined) {
    if (!isAbandoned(folder)) return undefined;
    rmSync(folder, { recursive: true, force: true });
    return { folder, killed: [] };
  }
  if (isSameProcess(owner)) return undefined;
  const sameNumbers = owner.bootId === hostBootId() && owner.pidNamespace === currentPidNamespace();
  const left = sameNumbers ? recordedChildren(folder, owner).filter(isSameProcess) : [];
  await Promise.all(left.map((child) => killProcess(child)));
  rmSync(folder, { recursive: true, force: true });
  return { folder, killed: left.map((child) => child.pid) };
}

/** Without a readable owner: left by a creator that died half-way, or by a power loss. Anything else is not ours. */
function isAbandoned(folder: string): boolean {
  const ours = basename(folder).startsWith(unfinishedPrefix) || existsSync(ownerFile(folder));
  const stat = statSync(folder, { throwIfNoEntry: false });
  return ours && stat !== undefined && Date.now() - stat.mtimeMs > unfinishedForMs;
}
