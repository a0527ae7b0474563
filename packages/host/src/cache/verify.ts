import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256OfFile } from "./digest.ts";
import { manifestName, readChecked, type FileList, type FileRecord, type Manifest } from "./manifest.ts";

export type Verdict<M extends FileList = Manifest> =
  | { readonly state: "good"; readonly manifest: M }
  | { readonly state: "absent" }
  /** `reason` says which file and what about it. */
  | { readonly state: "damaged"; readonly reason: string };

/** What the files looked like when they were last hashed, by path. */
export type Stamps = Record<string, string>;

export interface VerifyOptions {
  /** What the records hold: a digest of the file at `path`. Default: SHA-256 of its content. */
  hash?: ((path: string) => Promise<string>) | undefined;
  /**
   * Stamps count only in the epoch in which they were taken, such as one boot of the host: after a power loss a file may
   * look as it did and have lost what was not yet on the disk. Default: they count for ever.
   */
  epoch?: string | undefined;
  /** Leaves the stamps as they are: for who hashes everything only to look. Default false. */
  keepStamps?: boolean | undefined;
}

export const stampsName = "verified.json";

/**
 * Checks a folder of the cache against its manifest. Hashing 55 MB takes longer than everything else, so a file is hashed
 * only when it is not the one, or not as old, as when it last was: any write moves its ctime, which no program can set.
 */
export async function verifyFolder<M extends FileList = Manifest>(
  folder: string,
  { hash = sha256OfFile, epoch, keepStamps = false }: VerifyOptions = {},
): Promise<Verdict<M>> {
  const text = readIfPresent(join(folder, manifestName));
  if (text === undefined) return { state: "absent" };
  try {
    const manifest = readChecked(text) as M;
    const known = readStamps(folder);
    // Taken before hashing: what is written to meanwhile must not pass for hashed.
    const stamps = takeStamps(folder, manifest, epoch);
    const changed = manifest.files.filter((file) => stamps[file.path] !== known[file.path]);
    for (const file of changed) {
      if ((await hash(join(folder, file.path))) !== file.sha256) throw new RangeError(`${file.path} was altered`);
    }
    if (changed.length > 0 && !keepStamps) await writeStamps(folder, stamps);
    return { state: "good", manifest };
  } catch (error) {
    if (error instanceof RangeError) return { state: "damaged", reason: error.message };
    // Another process is just replacing the folder.
    if (codeOf(error) === "ENOENT") return { state: "damaged", reason: "a file vanished" };
    throw error;
  }
}

/** What the files look like now. @throws RangeError when one is gone or has another size */
export function takeStamps(folder: string, manifest: FileList, epoch?: string): Stamps {
  return Object.fromEntries(manifest.files.map((file) => [file.path, stampOf(folder, file, epoch)]));
}

/** Notes that the files that looked like this are as the manifest says. */
export async function writeStamps(folder: string, stamps: Stamps): Promise<void> {
  const temporary = join(folder, `.${stampsName}.${randomUUID()}`);
  try {
    await writeFile(temporary, JSON.stringify(stamps));
    await rename(temporary, join(folder, stampsName));
  } catch (error) {
    // A cache that others own can be used all the same; its files are then hashed each time.
    if (!["EACCES", "EROFS", "EPERM"].includes(codeOf(error))) throw error;
  }
}

function stampOf(folder: string, file: FileRecord, epoch: string | undefined): string {
  const found = statSync(join(folder, file.path), { bigint: true, throwIfNoEntry: false });
  if (found === undefined) throw new RangeError(`${file.path} is missing`);
  if (found.size !== BigInt(file.size)) {
    throw new RangeError(`${file.path} has ${found.size} bytes instead of ${file.size}`);
  }
  const stamp = [found.dev, found.ino, found.mtimeNs, found.ctimeNs];
  return (epoch === undefined ? stamp : [...stamp, epoch]).join(":");
}

function readStamps(folder: string): Stamps {
  try {
    return JSON.parse(readIfPresent(join(folder, stampsName)) ?? "{}") as Stamps;
  } catch {
    // Half a record is no record: everything is hashed again, and the record with it.
    return {};
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The record of a file as it is now. */
export async function recordFile(
  folder: string,
  path: string,
  hash: (path: string) => Promise<string> = sha256OfFile,
): Promise<FileRecord> {
  const file = join(folder, path);
  return { path, size: (await stat(file)).size, sha256: await hash(file) };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
