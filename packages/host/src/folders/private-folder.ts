import { lstatSync, mkdirSync } from "node:fs";
import { MachinesError } from "../errors/machines-error.ts";

/**
 * Creates a folder that only this user can enter, or checks that an existing one is such a folder: in /tmp anybody
 * could have made it first, and would then own the sockets that control our machines.
 * @throws MachinesError FOLDER_UNSAFE
 */
export function ensurePrivateFolder(path: string): string {
  createUnlessThere(path);
  const { uid, mode, kind } = describe(path);
  const complaint =
    kind !== "folder"
      ? `it is a ${kind}`
      : uid !== process.getuid?.()
        ? `it belongs to user id ${uid}`
        : (mode & 0o077) !== 0
          ? `others can enter it (mode ${(mode & 0o777).toString(8)})`
          : undefined;
  if (complaint !== undefined) {
    throw new MachinesError("FOLDER_UNSAFE", `${path} must be a folder that only you can enter, but ${complaint}.`, {
      facts: { path, uid, mode: (mode & 0o777).toString(8) },
      hint: `Look at what it is, then remove it or run: chmod 700 ${path}`,
    });
  }
  return path;
}

function createUnlessThere(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Something that is no folder: the check says so in words that help.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function describe(path: string): { uid: number; mode: number; kind: string } {
  const stat = lstatSync(path);
  return {
    uid: stat.uid,
    mode: stat.mode,
    kind: stat.isSymbolicLink() ? "symbolic link" : stat.isDirectory() ? "folder" : "file",
  };
}
