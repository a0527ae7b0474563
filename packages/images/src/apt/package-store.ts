import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256OfFile } from "@vitest-machines/host";
import type { ResolvedPackage } from "./resolve-packages.ts";

export interface StoredPackages<T extends ResolvedPackage> {
  /** Paths of `.deb` files, by the package's name. Their content is what it should be. */
  readonly files: ReadonlyMap<string, string>;
  readonly missing: readonly T[];
}

/**
 * Looks for packages among those that were downloaded before. One whose content is not what it should be is removed.
 * @param folder the folder that `apt` downloads to
 */
export async function storedPackages<T extends ResolvedPackage>(
  folder: string,
  packages: readonly T[],
  onDamage: (path: string) => void,
): Promise<StoredPackages<T>> {
  const known = new Map((await readdir(folder)).flatMap((file) => fileEntry(file)));
  const files = new Map<string, string>();
  const missing: T[] = [];
  for (const wanted of packages) {
    const file = known.get(`${wanted.name} ${wanted.version}`);
    if (file === undefined) {
      missing.push(wanted);
      continue;
    }
    const path = join(folder, file);
    if ((await sha256OfFile(path)) === wanted.sha256) {
      files.set(wanted.name, path);
      continue;
    }
    onDamage(path);
    await rm(path);
    missing.push(wanted);
  }
  return { files, missing };
}

/** `passwd_1%3a4.13_amd64.deb` is version 1:4.13 of passwd. */
export function fileEntry(file: string): [string, string][] {
  const [, name, version] = /^([^_]+)_([^_]+)_[^_]+\.deb$/.exec(file) ?? [];
  return name === undefined || version === undefined ? [] : [[`${name} ${decodeURIComponent(version)}`, file]];
}
