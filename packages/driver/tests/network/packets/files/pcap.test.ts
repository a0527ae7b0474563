import { expect, it } from "vitest";
import { readRecords } from "../../../../src/network/packets/files/pcap.ts";

const record = (seconds: number, microseconds: number, bytes: number[], length = bytes.length): Buffer => {
  const head = Buffer.alloc(16);
  [seconds, microseconds, bytes.length, length].forEach((value, index) => head.writeUInt32LE(value, index * 4));
  return Buffer.concat([head, Buffer.from(bytes)]);
};

it("reads whole records, and leaves what is still being written", () => {
  const whole = Buffer.concat([record(7, 250_500, [1, 2, 3], 99), record(8, 0, [])]);
  for (const cut of [0, 1, 15, 16, 18]) {
    const { records, consumed } = readRecords(Buffer.concat([whole, record(9, 0, [4, 5, 6]).subarray(0, cut)]));
    expect(consumed).toBe(whole.length);
    expect(records.map(({ stamp, length, bytes }) => [stamp, length, [...bytes]])).toEqual([
      [7250.5, 99, [1, 2, 3]],
      [8000, 0, []],
    ]);
  }
});

it("does not take nonsense for a packet that is still to come", () => {
  const nonsense = record(1, 1, []);
  nonsense.writeUInt32LE(0x7fffffff, 8);
  expect(() => readRecords(nonsense)).toThrow("a packet of 2147483647 bytes is in no recording");
});
