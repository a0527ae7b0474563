import { MachinesError } from "@vitest-machines/host";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";
import { nameOf, requiredBy, type LockSubject } from "./subject.ts";

/** Name of the file, beside a project's package.json. */
export const lockFileName = "machines.lock";

/** What the file's structure is called; to be raised when an older version of this project could not read it any more. */
const lockVersion = 1;

export interface LockEntry {
  readonly subject: LockSubject;
  /** Sorted by name. */
  readonly packages: readonly ResolvedPackage[];
}

/** The entry of a subject, if it has what the subject needs. Pure. */
export function entryOf(entries: readonly LockEntry[], subject: LockSubject): LockEntry | undefined {
  const entry = entries.find((each) => nameOf(each.subject) === nameOf(subject));
  const names = new Set(entry?.packages.map(({ name }) => name));
  return requiredBy(subject).every((name) => names.has(name)) ? entry : undefined;
}

/** The entries with one that is new or takes the place of an older one. Pure. */
export function withEntry(entries: readonly LockEntry[], added: LockEntry): LockEntry[] {
  return [...entries.filter(({ subject }) => nameOf(subject) !== nameOf(added.subject)), added];
}

/** The text of the file: sorted, a line for each package, so that a change is a small difference. Pure. */
export function printLock(entries: readonly LockEntry[]): string {
  const images = entries
    .map(({ subject, packages }) => ({ name: nameOf(subject), subject, packages }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ subject, packages }) => ({ ...subject, resolved: Object.fromEntries(packages.map(printPackage).sort()) }));
  return `${JSON.stringify({ lockVersion, images }, undefined, 2)}\n`;
}

/** @param file for messages @throws MachinesError IMAGE_LOCK_FAILED when it is not a lock file, or one of a later version */
export function parseLock(text: string, file: string): LockEntry[] {
  const lock = parseJson(text, file) as Partial<Record<"lockVersion" | "images", unknown>> | null;
  if (typeof lock?.lockVersion === "number" && lock.lockVersion > lockVersion) {
    throw unreadable(
      file,
      "it was written by a later version of vitest-machines",
      "Install that version, or a later one.",
    );
  }
  if (lock?.lockVersion !== lockVersion || !Array.isArray(lock.images)) throw unreadable(file, "it is not a lock file");
  return lock.images.map((image: unknown, index) => parseEntry(image, `${file}: images[${index}]`));
}

interface PrintedEntry {
  readonly suite: string;
  readonly kernel?: string | undefined;
  readonly packages?: readonly string[] | undefined;
  readonly mirror?: string | undefined;
  readonly resolved: Readonly<Record<string, string>>;
}

function printPackage({ name, version, sha256 }: ResolvedPackage): [string, string] {
  return [name, `${version} sha256:${sha256}`];
}

function parseEntry(image: unknown, at: string): LockEntry {
  const { resolved, ...subject } = image as PrintedEntry;
  if (!isSubject(subject) || typeof resolved !== "object") throw unreadable(at, "it is not an entry");
  const packages = Object.entries(resolved).map(([name, text]): ResolvedPackage => {
    const [, version, sha256] = /^(\S+) sha256:([0-9a-f]{64})$/.exec(text) ?? [];
    if (version !== undefined && sha256 !== undefined) return { name, version, sha256 };
    throw unreadable(`${at}.resolved[${JSON.stringify(name)}]`, "it is not a version with a digest");
  });
  return { subject, packages };
}

function isSubject(value: Omit<PrintedEntry, "resolved">): value is LockSubject {
  if (value.suite !== "bookworm" && value.suite !== "trixie") return false;
  if (value.kernel !== undefined) return value.kernel === "cloud" || value.kernel === "generic";
  return Array.isArray(value.packages);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const isConflict = /^(<{7}|>{7}) /m.test(text);
    throw unreadable(
      file,
      isConflict ? "it has the marks of a merge conflict" : (cause as Error).message,
      "Take either side, then run: npx vitest-machines images update",
    );
  }
}

function unreadable(
  at: string,
  why: string,
  hint = "Restore it from version control, or remove it and run: npx vitest-machines images update",
): MachinesError {
  return new MachinesError("IMAGE_LOCK_FAILED", `${at} cannot be read: ${why}`, { facts: { path: at }, hint });
}
