import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrivateFolder } from "@vitest-machines/host";

/** The folders of a store. Layers themselves are folders of `root` whose names are their keys. */
export interface StoreFolders {
  readonly root: string;
  /** Marks of processes that use layers; see {@link Usage}. */
  readonly use: string;
  /** Layers that are being built or removed. */
  readonly work: string;
  /** One empty file for each key that was ever built: removing a locked file would let two processes lock two files. */
  readonly locks: string;
  /** What suites looked up. */
  readonly history: string;
}

/**
 * Creates what is missing. Layers hold the memory of guests, so nobody else may enter.
 * @throws MachinesError FOLDER_UNSAFE
 */
export function openFolders(root: string): StoreFolders {
  ensurePrivateFolder(root);
  const below = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  return { root, use: below(".use"), work: below(".work"), locks: below(".locks"), history: below(".history") };
}

/** With retries: children of a killed build may write for a moment longer. */
export function removeTree(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
