import { appendFileSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ownIdentity, processIdentity, type ProcessIdentity } from "../processes/identity.ts";
import { runtimeFolder } from "./runtime-folder.ts";

/** Starts the name of a folder that has no owner record yet. */
export const unfinishedPrefix = ".new-";
const longestPrefix = 12;

/**
 * Creates a private folder (0700) with a short name in the runtime folder, which belongs to this process:
 * {@link sweepRunFolders} removes it when this process is gone.
 * @param prefix for humans; shortened, and cleared of what does not belong in a file name
 */
export function createRunFolder(prefix: string, base: string = runtimeFolder()): string {
  const unfinished = mkdtempSync(join(base, unfinishedPrefix));
  writeFileSync(ownerFile(unfinished), JSON.stringify(ownIdentity()), { mode: 0o600 });
  // Renamed only now, so that a sweep by another process never sees a finished name without its owner.
  const suffix = basename(unfinished).slice(unfinishedPrefix.length);
  const folder = join(base, `${slug(prefix)}-${suffix}`);
  renameSync(unfinished, folder);
  return folder;
}

/** Notes a child in its run folder, so that it can be found and ended when its owner is gone. */
export function recordChild(folder: string, pid: number): void {
  const identity = processIdentity(pid);
  // Plain `PID START` lines, because the janitor that reads them is a shell.
  if (identity !== undefined) appendFileSync(childrenFile(folder), `${pid} ${identity.startTime}\n`, { mode: 0o600 });
}

/** The children noted in a run folder; boot and namespace are their owner's. */
export function recordedChildren(folder: string, owner: ProcessIdentity): ProcessIdentity[] {
  return readIfPresent(childrenFile(folder))
    .split("\n")
    .map((line) => line.split(" "))
    .flatMap(([pid, startTime]) => (pid && startTime ? [{ ...owner, pid: Number(pid), startTime }] : []));
}

/** The process that a run folder belongs to, undefined when there is no record, or half of one after a power loss. */
export function folderOwner(folder: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readIfPresent(ownerFile(folder))) as ProcessIdentity;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function childrenFile(folder: string): string {
  return join(folder, "children");
}

export function ownerFile(folder: string): string {
  return join(folder, "owner.json");
}

function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+/, "")
      .slice(0, longestPrefix)
      .replace(/-+$/, "") || "run"
  );
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
