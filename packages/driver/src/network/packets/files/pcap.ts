/** Of a classic pcap file, as QEMU writes it: in the host's byte order, with microseconds. */
export const pcapHeaderLength = 24;
const recordHeaderLength = 16;
/** QEMU cuts packets there. */
export const longestPacket = 65_536;

export interface PcapRecord {
  /** In milliseconds, with a fraction, as the file has it. */
  readonly stamp: number;
  /** In bytes, when it was sent. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/**
 * The whole records at the beginning of a part of a file, and how many bytes they are. Pure.
 * @throws RangeError for what no QEMU writes
 */
export function readRecords(part: Buffer): { records: PcapRecord[]; consumed: number } {
  const records: PcapRecord[] = [];
  let at = 0;
  while (at + recordHeaderLength <= part.length) {
    const captured = part.readUInt32LE(at + 8);
    if (captured > longestPacket) throw new RangeError(`a packet of ${captured} bytes is in no recording`);
    const end = at + recordHeaderLength + captured;
    if (end > part.length) break;
    records.push({
      stamp: part.readUInt32LE(at) * 1000 + part.readUInt32LE(at + 4) / 1000,
      length: part.readUInt32LE(at + 12),
      bytes: part.subarray(at + recordHeaderLength, end),
    });
    at = end;
  }
  return { records, consumed: at };
}
