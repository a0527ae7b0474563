import { open, stat } from "node:fs/promises";
import type { BackingFile } from "./plan.ts";
import { headerLength, parseQcow2Header } from "./qcow2.ts";

const sectorBytes = 512;

/**
 * The size of the disk that is in a file, in bytes and whole sectors.
 * @throws Error when the file cannot be read, or is not in its format
 */
export async function virtualSize({ path, format }: BackingFile): Promise<number> {
  const bytes = format === "raw" ? (await stat(path)).size : parseQcow2Header(await readStart(path)).sizeBytes;
  return Math.ceil(bytes / sectorBytes) * sectorBytes;
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerLength), 0, headerLength, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
