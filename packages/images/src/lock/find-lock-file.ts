import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { lockFileName } from "./lock-file.ts";

/**
 * The lock file that is valid in a folder: there or in the nearest folder above, up to the repository's own. In a repository of
 * several projects they can have one in common, like their package-lock.json.
 */
export function findLockFile(folder: string): string | undefined {
  for (const each of upwards(folder)) {
    if (existsSync(join(each, lockFileName))) return join(each, lockFileName);
    if (existsSync(join(each, ".git"))) return undefined;
  }
  return undefined;
}

/** Where a lock file belongs when there is none yet: beside the nearest package.json, or else in the folder itself. */
export function newLockFile(folder: string): string {
  const project = upwards(folder).find((each) => existsSync(join(each, "package.json")));
  return join(project ?? resolve(folder), lockFileName);
}

function upwards(folder: string): string[] {
  const here = resolve(folder);
  const above = dirname(here);
  return above === here ? [here] : [here, ...upwards(above)];
}
