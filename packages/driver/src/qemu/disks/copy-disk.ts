import { open } from "node:fs/promises";

/** What the guest's agent knows the disk by: all 20 bytes that a serial may have. */
export const copyDiskSerial = "vitest-machines-copy";

/** Room for two large files at once; more wait for each other. */
export const copyDiskBytes: number = 16 * 1024 * 1024;

/** Makes its file, without content: memory is taken only for what copies use of it. */
export async function createCopyDisk(path: string): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.truncate(copyDiskBytes);
  } finally {
    await file.close();
  }
}
