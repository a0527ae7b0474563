import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestName, readChecked } from "@vitest-machines/host";
import { hashLayerFile, isLayerManifest, manifestFile } from "./manifest.ts";
import type { Shelf } from "./shelf.ts";
import type { VerifyReport } from "./types.ts";

/** Hashes every file of a layer, however it looks. @returns undefined when there is no such layer */
export async function verifyLayer({ folders, usage }: Shelf, key: string): Promise<VerifyReport | undefined> {
  const folder = join(folders.root, key);
  if (!existsSync(folder)) return undefined;
  // So that nobody prunes it meanwhile. While somebody is about to remove it, there is nothing to verify.
  const unmark = await usage.mark(key);
  if (unmark === undefined || !existsSync(folder)) {
    unmark?.();
    return undefined;
  }
  try {
    return { key, folder, problems: await problemsOf(folder, key), dropped: false };
  } finally {
    unmark();
  }
}

/** What is wrong with the files of a layer's folder, one line each. */
export async function problemsOf(folder: string, key: string): Promise<string[]> {
  try {
    const manifest = readChecked(readFileSync(manifestFile(folder), "utf8"));
    if (!isLayerManifest(manifest)) return [`${manifestName} is not a layer's`];
    if (manifest.key !== key) return [`it is the layer ${manifest.key}`];
    const problems: string[] = [];
    for (const { path, size, sha256 } of manifest.files) {
      const problem = await problemOf(join(folder, path), size, sha256);
      if (problem !== undefined) problems.push(`${path} ${problem}`);
    }
    return problems;
  } catch (error) {
    if (error instanceof RangeError) return [error.message];
    if (codeOf(error) !== undefined) return [`${manifestName} cannot be read: ${codeOf(error)}`];
    throw error;
  }
}

async function problemOf(file: string, size: number, sha256: string): Promise<string | undefined> {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return "is missing";
    if (!stat.isFile()) return "is not a regular file";
    if (stat.size !== size) return `has ${stat.size} bytes instead of ${size}`;
    return (await hashLayerFile(file)) === sha256 ? undefined : "was altered";
  } catch (error) {
    if (codeOf(error) !== undefined) return `cannot be read: ${codeOf(error)}`;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
