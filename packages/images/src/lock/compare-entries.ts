import type { LockEntry } from "./lock-file.ts";
import { nameOf } from "./subject.ts";

/** A package whose version changed; without `before` it is new, without `after` gone. */
export interface PackageChange {
  readonly name: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export interface EntryChange {
  /** What the entry is about, in words. */
  readonly name: string;
  readonly packages: number;
  /** Sorted by name. */
  readonly changes: readonly PackageChange[];
}

/** What an update has changed, entry by entry. A package with the same version and another digest is a change, too. Pure. */
export function compareEntries(before: readonly LockEntry[], after: readonly LockEntry[]): EntryChange[] {
  return after.map(({ subject, packages }) => {
    const name = nameOf(subject);
    const old = new Map(
      before.find((entry) => nameOf(entry.subject) === name)?.packages.map((each) => [each.name, each]),
    );
    const now = new Map(packages.map((each) => [each.name, each]));
    const names = [...new Set([...old.keys(), ...now.keys()])].sort();
    const changes = names
      .filter((each) => {
        const [was, is] = [old.get(each), now.get(each)];
        return was?.version !== is?.version || was?.sha256 !== is?.sha256;
      })
      .map((each) => ({ name: each, before: old.get(each)?.version, after: now.get(each)?.version }));
    return { name, packages: packages.length, changes };
  });
}
