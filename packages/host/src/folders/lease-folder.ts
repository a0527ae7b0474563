import { existsSync, statfsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ensurePrivateFolder } from "./private-folder.ts";
import { createRunFolder } from "./run-folder.ts";
import { forcedRuntimeFolder, runtimeFolder } from "./runtime-folder.ts";

/** From linux/magic.h. */
const tmpfsMagic = 0x01021994;
const sharedMemory = "/dev/shm";
const mebibyte = 1024 * 1024;

/**
 * Creates the run folder of a cluster where its machines' memory, which is a file, costs least: on /dev/shm when that is a
 * tmpfs with room for all of it, else in the runtime folder. On a disk file system a tiny machine boots a quarter
 * slower, and $XDG_RUNTIME_DIR is a tmpfs too, but usually holds a tenth of the memory only.
 */
export function createLeaseFolder(prefix: string, memoryMiB: number): string {
  const fast = fastBase();
  return createRunFolder(prefix, fast !== undefined && freeMiB(fast) >= memoryMiB ? fast : runtimeFolder());
}

/** Every folder that may hold run folders of this user. */
export function leaseFolderBases(): string[] {
  const fast = fastBase();
  return fast === undefined ? [runtimeFolder()] : [runtimeFolder(), fast];
}

function fastBase(): string | undefined {
  if (forcedRuntimeFolder() !== undefined || !existsSync(sharedMemory)) return undefined;
  if (statfsSync(sharedMemory).type !== tmpfsMagic) return undefined;
  return ensurePrivateFolder(join(sharedMemory, `vitest-machines-${userInfo().uid}`));
}

function freeMiB(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / mebibyte;
}
