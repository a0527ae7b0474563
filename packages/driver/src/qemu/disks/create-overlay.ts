import { MachinesError } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { DiskPlan } from "./plan.ts";
import { emptyQcow2 } from "./qcow2.ts";

/**
 * Makes the file that a disk's machine writes to, unless it exists: what a machine wrote to its disks survives its
 * shutdown, as on a real one.
 * @throws BOOT_FAILED
 */
export async function createOverlay({ overlay, sizeBytes }: DiskPlan, machine: string): Promise<void> {
  if (existsSync(overlay)) return;
  try {
    const { parts, lengthBytes } = emptyQcow2(sizeBytes);
    const file = await open(overlay, "wx", 0o600);
    try {
      for (const { bytes, offset } of parts) await file.write(bytes, 0, bytes.length, offset);
      await file.truncate(lengthBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    // Half a file would be taken for a disk at the next start.
    await rm(overlay, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new MachinesError("BOOT_FAILED", `${machine}: no file could be made for one of its disks: ${reason}`, {
      machine,
      facts: { phase: "starting", overlay, sizeBytes },
      cause: error,
    });
  }
}
