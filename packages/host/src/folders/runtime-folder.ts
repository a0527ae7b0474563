import { statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { ensurePrivateFolder } from "./private-folder.ts";

/** sun_path holds 108 bytes, the last one is NUL. */
const longestSocketPath = 107;
/** A run folder's name, a switch's folder and the names that VDE clients make up below it. */
const roomBelow = 50;

/** The folder that the environment asks for, for all that runs: $VITEST_MACHINES_RUNTIME. */
export function forcedRuntimeFolder(): string | undefined {
  return process.env["VITEST_MACHINES_RUNTIME"] || undefined;
}

/**
 * This user's folder for run folders, sockets and the budget's ledger: $VITEST_MACHINES_RUNTIME, else
 * $XDG_RUNTIME_DIR/vitest-machines, else vitest-machines-UID in the folder for temporary files; in /tmp when those are
 * too deep for socket paths.
 * Created 0700, and checked to be owned by and open to nobody else.
 * @throws MachinesError FOLDER_UNSAFE
 */
export function runtimeFolder(): string {
  const forced = forcedRuntimeFolder();
  if (forced !== undefined) return ensurePrivateFolder(forced);
  const { uid } = userInfo();
  return ensurePrivateFolder(runtimeFolderPath({ xdg: usableXdg(uid), temporary: tmpdir(), uid }));
}

/** The path alone, without creating anything. */
export function runtimeFolderPath(host: { xdg: string | undefined; temporary: string; uid: number }): string {
  const name = `vitest-machines-${host.uid}`;
  const candidates = [join(host.temporary, name), join("/tmp", name)];
  if (host.xdg !== undefined) candidates.unshift(join(host.xdg, "vitest-machines"));
  const fits = (path: string): boolean => isAbsolute(path) && Buffer.byteLength(path) + roomBelow <= longestSocketPath;
  return candidates.find(fits) ?? join("/tmp", name);
}

/** `su` and `sudo -E` leave the other user's XDG_RUNTIME_DIR in place: one that is not ours is ignored. */
function usableXdg(uid: number): string | undefined {
  const path = process.env["XDG_RUNTIME_DIR"];
  if (!path) return undefined;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() && stat.uid === uid ? path : undefined;
}
