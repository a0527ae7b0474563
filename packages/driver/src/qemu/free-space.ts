import { MachinesError } from "@vitest-machines/host";
import { statfs } from "node:fs/promises";

const mebibyte = 1024 * 1024;

/**
 * Checks that a folder's file system can hold a machine's memory. The file is sparse, so QEMU itself notices nothing:
 * it is killed by SIGBUS the moment the guest touches a page that the file system has no room for.
 * @throws BOOT_FAILED
 */
export async function requireFreeSpace(folder: string, memoryMiB: number, machine: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeMiB = Math.floor((bavail * bsize) / mebibyte);
  if (freeMiB >= memoryMiB) return;
  const summary = `${machine} needs ${memoryMiB} MiB for its memory, and ${folder} has ${freeMiB} MiB free.`;
  throw new MachinesError("BOOT_FAILED", summary, {
    machine,
    facts: { folder, freeMiB, memoryMiB },
    hint: "Free some space there, give the machine less memory, or set TMPDIR to a folder with more room.",
  });
}
