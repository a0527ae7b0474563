import { at, etherTypes, type Packet } from "./packet.ts";

/** Makes a frame one that carries an IPv4 packet; its MACs and what follows the header are the caller's. */
export function writeHeader(
  frame: Buffer,
  { protocol, source, target }: Pick<Packet, "protocol" | "source" | "target">,
): void {
  frame.writeUInt16BE(etherTypes.ipv4, at.etherType);
  frame[at.ip] = 0x45;
  frame.writeUInt16BE(frame.length - at.ip, at.ip + 2);
  frame[at.ip + 8] = 64;
  frame[at.protocol] = protocol;
  frame.writeUInt32BE(source, at.source);
  frame.writeUInt32BE(target, at.target);
  frame.writeUInt16BE(checksum(frame.subarray(at.ip, at.payload)), at.ipChecksum);
}

/** Of an even number of bytes, with zeros where it is to be (RFC 1071). */
export function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let offset = 0; offset < bytes.length; offset += 2) sum += bytes.readUInt16BE(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
