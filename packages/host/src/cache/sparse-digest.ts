import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { dataExtents, type Extent } from "./data-extents.ts";

const chunkBytes = 1 << 20;
const blockBytes = 64 * 1024;
const zeros = Buffer.alloc(blockBytes);

/**
 * SHA-256 over what is not zero in a file, and over where it is: blocks of 64 KiB that hold only zeros, written or not,
 * are left out. It does not tell how many zeros a file ends with: compare its size as well.
 *
 * Made for the memory of machines: 128 MiB with 62 MiB of data take 120 ms instead of 220 ms, 2 GiB with 424 MiB 0.75 s
 * instead of 2.4 s, or of 7.8 s when the kernel has to make pages for the holes first.
 */
export async function sparseSha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  try {
    await hashChunks(file, chunksOf(await dataExtents(path)), hash);
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/** What to read, in whole blocks: an extent may begin or end within one. Pure. */
export function chunksOf(extents: readonly Extent[]): Extent[] {
  const chunks: Extent[] = [];
  let done = 0;
  for (const { start, end } of extents) {
    const last = Math.ceil(end / blockBytes) * blockBytes;
    for (let at = Math.max(done, Math.floor(start / blockBytes) * blockBytes); at < last; at = done) {
      done = Math.min(last, at + chunkBytes);
      chunks.push({ start: at, end: done });
    }
  }
  return chunks;
}

/** Reads the next chunk while the one before is hashed. */
async function hashChunks(file: FileHandle, chunks: readonly Extent[], hash: Hash): Promise<void> {
  let [current, spare] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  const read = async (chunk: Extent | undefined, into: Buffer): Promise<number> =>
    chunk === undefined ? 0 : (await file.read(into, 0, chunk.end - chunk.start, chunk.start)).bytesRead;
  let reading = read(chunks[0], current);
  for (const [index, { start }] of chunks.entries()) {
    const length = await reading;
    reading = read(chunks[index + 1], spare);
    hashBlocks(current.subarray(0, length), start, hash);
    [current, spare] = [spare, current];
  }
}

function hashBlocks(chunk: Buffer, position: number, hash: Hash): void {
  for (let offset = 0; offset < chunk.length; offset += blockBytes) {
    const block = chunk.subarray(offset, offset + blockBytes);
    if (block.equals(zeros.subarray(0, block.length))) continue;
    // With its place and length, so that the same blocks elsewhere make another digest.
    hash.update(`${position + offset}+${block.length}:`).update(block);
  }
}
