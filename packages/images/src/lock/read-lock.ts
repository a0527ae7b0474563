import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { cacheFolder, MachinesError, sha256, withLock } from "@vitest-machines/host";
import { join } from "node:path";
import { parseLock, printLock, type LockEntry } from "./lock-file.ts";

/** The entries of a lock file. @throws MachinesError IMAGE_LOCK_FAILED */
export async function readLock(file: string): Promise<LockEntry[]> {
  return parseLock(await readFile(file, "utf8"), file);
}

/** Writes a lock file, whole or not at all, and only if that changes it. @throws MachinesError IMAGE_LOCK_FAILED */
export async function writeLock(file: string, entries: readonly LockEntry[]): Promise<void> {
  const text = printLock(entries);
  if ((await readFile(file, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new MachinesError("IMAGE_LOCK_FAILED", `${file} cannot be written: ${(cause as Error).message}`, {
      facts: { path: file },
      hint: "Make its folder writable, or set CI=true: then nothing is added to it, and what it lacks is an error.",
      cause,
    });
  }
}

/** Runs `work` while no other process changes the lock file. */
export function changingLock<T>(
  file: string,
  work: (name: string) => Promise<T>,
  options: { signal?: AbortSignal | undefined; onWait?: (() => void) | undefined } = {},
): Promise<T> {
  const name = `lock-${sha256(file).slice(0, 12)}`;
  return withLock(join(cacheFolder(), "images", `${name}.lock`), () => work(name), options);
}
