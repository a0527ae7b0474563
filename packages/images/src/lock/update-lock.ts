import { cacheFolder, withWorkshop } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AptRoot } from "../apt/apt-root.ts";
import { openApt } from "../apt/package-source.ts";
import { resolvePackages } from "../apt/resolve-packages.ts";
import { explainingFailures } from "../build/build-failure.ts";
import { compareEntries, type EntryChange } from "./compare-entries.ts";
import { findLockFile, newLockFile } from "./find-lock-file.ts";
import type { LockEntry } from "./lock-file.ts";
import { changingLock, readLock, writeLock } from "./read-lock.ts";
import { nameOf, requestOf } from "./subject.ts";

export interface UpdateReport {
  readonly file: string;
  /** There was none before. */
  readonly created: boolean;
  readonly entries: readonly EntryChange[];
}

/**
 * Resolves every entry of a project's lock file anew. Where the project has none an empty one is made: from then on every image
 * that is built adds its own.
 * @throws MachinesError IMAGE_LOCK_FAILED, IMAGE_BUILD_FAILED; the file is as it was then
 */
export async function updateLock(
  projectFolder: string,
  onProgress: (text: string) => void = () => undefined,
): Promise<UpdateReport> {
  const found = findLockFile(projectFolder);
  const file = found ?? newLockFile(projectFolder);
  return changingLock(file, async (name) => {
    const before = existsSync(file) ? await readLock(file) : [];
    const after = await explainingFailures("locked", undefined, () => resolveAll(name, before, onProgress));
    await writeLock(file, after);
    return { file, created: found === undefined, entries: compareEntries(before, after) };
  });
}

async function resolveAll(
  name: string,
  entries: readonly LockEntry[],
  onProgress: (text: string) => void,
): Promise<LockEntry[]> {
  const root = join(cacheFolder(), "images");
  return withWorkshop(root, name, async (folder) => {
    // The lists of a release are read once.
    const apts = new Map<string, AptRoot>();
    const resolved: LockEntry[] = [];
    for (const { subject } of entries) {
      const mirror = "mirror" in subject ? subject.mirror : undefined;
      const source = `${subject.suite} ${mirror ?? ""}`;
      onProgress(nameOf(subject));
      const place = join(folder, String(apts.size));
      await mkdir(place, { recursive: true });
      const silent = { onProgress: () => undefined, onNotice: () => undefined };
      const options = { image: "locked", release: subject.suite, mirror, archives: join(root, "packages"), ...silent };
      const apt = apts.get(source) ?? (await openApt({ ...options, folder: place }));
      apts.set(source, apt);
      const { asked, isNeeded } = requestOf(subject);
      const packages = (await resolvePackages("locked", apt, asked)).filter((each) => isNeeded(each.name));
      resolved.push({ subject, packages });
    }
    return resolved;
  });
}
