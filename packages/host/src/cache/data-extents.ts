import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { findTool } from "../tools/find-tool.ts";

const run = promisify(execFile);

/** A part of a file, in bytes. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Below this, reading zeros is faster than asking where they are. */
const worthAskingBytes = 8 * 1024 ** 2;
const longestAnswer = 64 * 1024 ** 2;

/**
 * The parts of a file that are not holes, in order. Node cannot ask for them (SEEK_DATA), qemu-img can, in 15 ms; where it
 * is not there, or does not know, it is the whole file.
 */
export async function dataExtents(path: string): Promise<Extent[]> {
  const { size, blocks } = await stat(path);
  const whole = size === 0 ? [] : [{ start: 0, end: size }];
  const qemuImg = size - blocks * 512 < worthAskingBytes ? undefined : findTool("qemu-img");
  if (qemuImg === undefined) return whole;
  try {
    // By its URL: a colon in a path would be the end of a protocol's name.
    const argv = ["map", "--force-share", "-f", "raw", "--output=json", `file:${path}`];
    const { stdout } = await run(qemuImg, argv, { maxBuffer: longestAnswer });
    return readMap(stdout, size);
  } catch {
    // Whatever it dislikes: reading the holes too costs time and changes nothing.
    return whole;
  }
}

/** What `qemu-img map --output=json` says, which rounds the file's size up to sectors. Pure. */
export function readMap(json: string, size: number): Extent[] {
  const entries = JSON.parse(json) as readonly { start: number; length: number; data: boolean }[];
  return entries
    .filter(({ data, start }) => data && start < size)
    .map(({ start, length }) => ({ start, end: Math.min(size, start + length) }));
}
