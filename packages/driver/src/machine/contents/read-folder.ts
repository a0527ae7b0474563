import { sha256, sha256OfFile } from "@vitest-machines/host";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** Something in a folder, with what a guest gets of it. */
export interface FolderEntry {
  /** Relative to the folder; "" for itself. */
  readonly path: string;
  readonly type: "file" | "folder" | "link";
  /** Permission bits. */
  readonly mode: number;
  readonly mtimeMs: number;
  /** Of a file: how many bytes it has, and their SHA-256. */
  readonly size: number;
  readonly sha256: string;
  /** Of a link. */
  readonly target: string;
}

/**
 * Looks through a folder, parents before children and sorted, so that the same content gives the same list.
 * @throws the system's errors; Error for what is neither file, folder nor symbolic link
 */
export async function readFolder(folder: string): Promise<FolderEntry[]> {
  const entries: FolderEntry[] = [];
  const visit = async (path: string): Promise<void> => {
    const at = join(folder, path);
    const stats = await lstat(at);
    const entry = { path, mode: stats.mode & 0o7777, mtimeMs: stats.mtimeMs, size: 0, sha256: "", target: "" };
    if (stats.isFile()) {
      entries.push({ ...entry, type: "file", size: stats.size, sha256: await hashOf(at, stats.size) });
    } else if (stats.isSymbolicLink()) {
      entries.push({ ...entry, type: "link", target: await readlink(at) });
    } else if (stats.isDirectory()) {
      entries.push({ ...entry, type: "folder" });
      for (const name of (await readdir(at)).sort()) await visit(path === "" ? name : `${path}/${name}`);
    } else throw new Error(`${at} is neither a file, a folder nor a symbolic link`);
  };
  await visit("");
  return entries;
}

/** A stream for each of a thousand small files costs more than all that is in them. */
async function hashOf(file: string, size: number): Promise<string> {
  return size < smallBytes ? sha256(await readFile(file)) : sha256OfFile(file);
}

const smallBytes = 1024 * 1024;
