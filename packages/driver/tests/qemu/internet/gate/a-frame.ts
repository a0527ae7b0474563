import { toNumber } from "../../../../src/qemu/internet/gate/addresses.ts";

export interface FrameSpec {
  protocol: "icmp" | "tcp" | "udp";
  from?: string | undefined;
  to: string;
  ports?: readonly [source: number, target: number] | undefined;
  /** Of an ICMP message. */
  type?: number | undefined;
  payload?: Buffer | undefined;
  /** Flags and offset of a part of a larger packet. */
  fragment?: number | undefined;
}

const numbers = { icmp: 1, tcp: 6, udp: 17 };
const guestMac = Buffer.from("525400120001", "hex");

/** An Ethernet frame with an IPv4 packet whose checksums are right. */
export function aFrame(spec: FrameSpec): Buffer {
  const { protocol, from = "10.0.2.15", to, ports = [40_000, 80], fragment = 0 } = spec;
  const inner = innerOf(protocol, ports, spec);
  const frame = Buffer.alloc(34 + inner.length);
  Buffer.from("52550a000202", "hex").copy(frame, 0);
  guestMac.copy(frame, 6);
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(20 + inner.length, 16);
  frame.writeUInt16BE(fragment, 20);
  frame[22] = 64;
  frame[23] = numbers[protocol];
  frame.writeUInt32BE(toNumber(from), 26);
  frame.writeUInt32BE(toNumber(to), 30);
  frame.writeUInt16BE(sumOf(frame.subarray(14, 34)), 24);
  inner.copy(frame, 34);
  const offset = { icmp: 36, tcp: 50, udp: 40 }[protocol];
  const sum = protocol === "icmp" ? sumOf(frame.subarray(34)) : sumOf(withPseudoHeader(frame));
  frame.writeUInt16BE(protocol === "udp" && sum === 0 ? 0xffff : sum, offset);
  return frame;
}

function innerOf(
  protocol: FrameSpec["protocol"],
  ports: readonly [number, number],
  { type = 8, payload = Buffer.alloc(0) }: FrameSpec,
): Buffer {
  const header = Buffer.alloc({ icmp: 8, tcp: 20, udp: 8 }[protocol]);
  if (protocol === "icmp") header[0] = type;
  else ports.forEach((port, index) => header.writeUInt16BE(port, index * 2));
  if (protocol === "udp") header.writeUInt16BE(header.length + payload.length, 4);
  if (protocol === "tcp") header[12] = 0x50;
  return Buffer.concat([header, payload]);
}

/** Whether both checksums of a TCP or UDP packet are right. */
export function isSound(frame: Buffer): boolean {
  return sumOf(frame.subarray(14, 34)) === 0 && sumOf(withPseudoHeader(frame)) === 0;
}

/** Where a frame's packet comes from and goes to. */
export function endsOf(frame: Buffer): { from: string; to: string } {
  const end = (address: number, port: number): string =>
    `${[...frame.subarray(address, address + 4)].join(".")}:${frame.readUInt16BE(port)}`;
  return { from: end(26, 34), to: end(30, 36) };
}

function withPseudoHeader(frame: Buffer): Buffer {
  const inner = frame.subarray(34);
  const pseudo = Buffer.from([...frame.subarray(26, 34), 0, frame[23] ?? 0, inner.length >>> 8, inner.length & 0xff]);
  return Buffer.concat([pseudo, inner]);
}

/** The Internet checksum, as slowly as its definition. */
export function sumOf(bytes: Buffer): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let offset = 0; offset < even.length; offset += 2) {
    sum += even.readUInt16BE(offset);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}
