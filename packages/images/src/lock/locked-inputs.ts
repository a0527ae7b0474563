import { digestOf } from "@vitest-machines/host";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";

/** What locked packages add to the key of what is made of them; nothing when nothing is locked. */
export function lockedInputs(locked: readonly ResolvedPackage[] | undefined): Record<string, string> {
  if (locked === undefined) return {};
  return {
    locked: digestOf(Object.fromEntries(locked.map(({ name, version, sha256 }) => [name, `${version} ${sha256}`]))),
  };
}
