import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pcapHeaderLength } from "../../../../src/network/packets/files/pcap.ts";
import { GuestClock } from "../../../../src/network/packets/taps/guest-clock.ts";
import { merged } from "../../../../src/network/packets/taps/merge.ts";
import { TapReader, type TapFile } from "../../../../src/network/packets/taps/tap-file.ts";
import { cards } from "../a-packet.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "taps "));
});
afterEach(() => rm(folder, { recursive: true }));

const record = (milliseconds: number, size: number): Buffer => {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(Math.floor(milliseconds / 1000), 0);
  head.writeUInt32LE((milliseconds % 1000) * 1000, 4);
  head.writeUInt32LE(size, 8);
  head.writeUInt32LE(size, 12);
  return Buffer.concat([head, Buffer.alloc(size)]);
};

/** A file of a guest whose clock began when the test did; the stamps are milliseconds since then. */
const recorded = async (name: string, stamps: readonly number[], size = 60): Promise<TapFile> => {
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([Buffer.alloc(pcapHeaderLength), ...stamps.map((one) => record(one, size))]));
  const clock = new GuestClock({ wall: Date.now(), guest: 0, isRunning: true });
  return { path, card: cards.client, direction: "out", clock, seconds: [0] };
};
const read = (file: TapFile, start = pcapHeaderLength, end = Infinity): TapReader =>
  new TapReader(() => ({ file, start, end }));
const times = async (readers: readonly TapReader[], files: readonly TapFile[], until = Infinity): Promise<number[]> => {
  const [first] = files;
  const base = first?.clock.wallAt(0) ?? 0;
  const found: number[] = [];
  for await (const part of merged(readers, until)) found.push(...part.map(({ time }) => Math.round(time - base)));
  return found;
};
/** With one clock, so that stamps of all files compare. */
const together = async (...stamps: readonly number[][]): Promise<TapFile[]> => {
  const files = await Promise.all(stamps.map((some, index) => recorded(`${index}.pcap`, some)));
  return files.map((file) => ({ ...file, clock: files[0]!.clock }));
};

it("puts the packets of several files in the order of their time", async () => {
  const files = await together([1, 4, 5], [], [2, 3, 9], [7]);
  expect(
    await times(
      files.map((file) => read(file)),
      files,
    ),
  ).toEqual([1, 2, 3, 4, 5, 7, 9]);
});

it("reads files that are longer than what is read at once", async () => {
  const count = 900;
  const file = await recorded(
    "long.pcap",
    Array.from({ length: count }, (_, index) => index),
    1000,
  );
  const other = { ...(await recorded("short.pcap", [450])), clock: file.clock };
  const found = await times([read(file), read(other)], [file]);
  expect(found).toHaveLength(count + 1);
  expect(found).toEqual([...found].sort((a, b) => a - b));
});

it("leaves what came too late for the next time, and goes on with what was added", async () => {
  const files = await together([1, 20], [2]);
  const readers = files.map((file) => read(file));
  const base = files[0]!.clock.wallAt(0);
  expect(await times(readers, files, base + 10)).toEqual([1, 2]);
  await appendFile(files[1]!.path, record(11, 60).subarray(0, 30));
  expect(await times(readers, files, base + 15)).toEqual([]);
  await appendFile(files[1]!.path, record(11, 60).subarray(30));
  expect(await times(readers, files)).toEqual([11, 20]);
});

it("reads a part of a file", async () => {
  const [file] = await together([1, 2, 3, 4]);
  const length = record(1, 60).length;
  const reader = read(file!, pcapHeaderLength + length, pcapHeaderLength + 3 * length);
  expect(await times([reader], [file!])).toEqual([2, 3]);
});
