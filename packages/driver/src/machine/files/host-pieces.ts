import { open, type FileHandle } from "node:fs/promises";
import { pieceBytes, type FilePiece } from "../../agent/copies/piece.ts";

/** What a hole is made of. */
const blockBytes = 4096;
const zeros = Buffer.alloc(blockBytes);
/** The file system's unit of what a file takes. */
const sectorBytes = 512;

/** A file of the host, opened, with what it is. */
export interface HostFile {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  /**
   * What it has now, in order. In a file that takes less room than it has bytes, blocks of zeros are told as holes; Node
   * cannot ask where the holes are.
   */
  pieces(): AsyncGenerator<FilePiece, void, undefined>;
  close(): Promise<void>;
}

export async function openHostFile(path: string): Promise<HostFile> {
  const file = await open(path);
  try {
    const { size, blocks, mode, mtimeMs } = await file.stat();
    const isSparse = blocks * sectorBytes < size;
    const pieces = (): ReturnType<HostFile["pieces"]> => (isSparse ? withHoles(chunks(file, size)) : whole(file, size));
    return { size, mode: mode & 0o7777, mtimeMs, pieces, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* whole(file: FileHandle, size: number): AsyncGenerator<FilePiece, void, undefined> {
  for await (const bytes of chunks(file, size)) yield { kind: "data", bytes };
}

async function* withHoles(all: AsyncIterable<Buffer>): AsyncGenerator<FilePiece, void, undefined> {
  let hole = 0;
  for await (const bytes of all) {
    for (let at = 0; at < bytes.length;) {
      const end = endOfRun(bytes, at);
      if (isZero(bytes, at)) hole += end - at;
      else {
        if (hole > 0) yield { kind: "hole", length: hole };
        hole = 0;
        yield { kind: "data", bytes: bytes.subarray(at, end) };
      }
      at = end;
    }
  }
  if (hole > 0) yield { kind: "hole", length: hole };
}

/** Where the blocks from here on change between zeros and data. */
function endOfRun(bytes: Buffer, start: number): number {
  const kind = isZero(bytes, start);
  let end = start;
  while (end < bytes.length && isZero(bytes, end) === kind) end += blockBytes;
  return Math.min(end, bytes.length);
}

function isZero(bytes: Buffer, at: number): boolean {
  const length = Math.min(blockBytes, bytes.length - at);
  return bytes.compare(zeros, 0, length, at, at + length) === 0;
}

/** Reads one piece ahead. A file that grows ends where it ended; one without a size, as those of the kernel, at its end. */
async function* chunks(file: FileHandle, size: number): AsyncGenerator<Buffer, void, undefined> {
  const most = size === 0 ? blockBytes : Math.min(pieceBytes, size);
  // In turn: what is read ahead goes to the one while the other is being sent.
  const buffers = [Buffer.allocUnsafeSlow(most), Buffer.allocUnsafeSlow(most)];
  const read = async (from: number): Promise<Buffer> => {
    const into = buffers.reverse()[0] as Buffer;
    const length = size === 0 ? most : Math.min(most, size - from);
    const { buffer, bytesRead } = await file.read(into, 0, length, from);
    return buffer.subarray(0, bytesRead);
  };
  let next = read(0);
  try {
    for (let at = 0; ;) {
      const bytes = await next;
      at += bytes.length;
      if (bytes.length === 0) return;
      const isLast = size > 0 && at >= size;
      if (!isLast) next = read(at);
      yield bytes;
      if (isLast) return;
    }
  } finally {
    // Nobody may be waiting for what is read ahead, and the file is closed after it.
    await next.catch(() => undefined);
  }
}
