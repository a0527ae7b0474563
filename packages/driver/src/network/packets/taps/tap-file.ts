import { open, stat } from "node:fs/promises";
import type { Card } from "../address-book.ts";
import { readRecords, type PcapRecord } from "../files/pcap.ts";
import type { Sighting } from "../packet.ts";
import type { GuestClock } from "./guest-clock.ts";

const chunkBytes = 256 * 1024;

/** What QEMU records of one direction of a card. */
export interface TapFile {
  readonly path: string;
  readonly card: Card;
  readonly direction: "out" | "in";
  readonly clock: GuestClock;
  /** What whole seconds the stamps in it can begin from. */
  readonly seconds: readonly number[];
}

/** A part of a file. */
export interface Recording {
  readonly file: TapFile;
  readonly start: number;
  /** Infinity as long as it goes on. */
  readonly end: number;
}

/** Reads the packets of a recording, in their order, as far as it has come. */
export class TapReader {
  readonly #recording: () => Recording;
  #at: number;
  #ready: readonly Sighting[] = [];
  #next = 0;
  #origin: number | undefined;

  /** @param recording as it is now */
  constructor(recording: () => Recording) {
    this.#recording = recording;
    this.#at = recording().start;
  }

  /** The next packet among those that were read from the file. */
  get next(): Sighting | undefined {
    return this.#ready[this.#next];
  }

  take(): Sighting | undefined {
    return this.#ready[this.#next++];
  }

  /** Reads further packets from the file. @returns whether there were any by now */
  async fill(): Promise<boolean> {
    const { file, end } = this.#recording();
    const { path, clock, card, direction } = file;
    const { size, mtimeNs } = await stat(path, { bigint: true });
    const part = await readPart(path, this.#at, Math.min(end, Number(size)));
    const { records, consumed } = readRecords(part);
    if (records.length === 0) return false;
    this.#at += consumed;
    this.#origin ??= await originOf(file, Number(mtimeNs) / 1e6, { at: this.#at, size: Number(size), records });
    const origin = this.#origin;
    this.#next = 0;
    this.#ready = records.map(({ stamp, length, bytes }) => {
      const time = clock.wallAt(stamp - origin);
      return { card, direction, time, length, bytes };
    });
    return true;
  }
}

/** How much of a file there is now. */
export async function sizeOf({ path }: TapFile): Promise<number> {
  return (await stat(path)).size;
}

/** When the last packet was written is known from the file itself, to the kernel's tick of some milliseconds. */
async function originOf(
  { path, clock, seconds }: TapFile,
  writtenAt: number,
  read: { at: number; size: number; records: readonly PcapRecord[] },
): Promise<number> {
  let last = read.records.at(-1) as PcapRecord;
  for (let place = read.at; ;) {
    const { records, consumed } = readRecords(await readPart(path, place, read.size));
    if (records.length === 0) break;
    last = records.at(-1) as PcapRecord;
    place += consumed;
  }
  return clock.stampOrigin(seconds, { stamp: last.stamp, wall: writtenAt });
}

async function readPart(path: string, at: number, end: number): Promise<Buffer> {
  if (end <= at) return Buffer.alloc(0);
  const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - at));
  const file = await open(path, "r");
  try {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
