import { router, routerMac } from "./addresses.ts";
import { at, etherTypes, protocols } from "./packet.ts";

const headerLength = 20;
/** Of the packet that is refused, as much as tells its sender which one it was: its header and its ports. */
const quotedLength = headerLength + 8;
const icmp = { start: at.payload, checksum: at.payload + 2, quote: at.payload + 8, unreachable: 3, prohibited: 13 };

/**
 * What a router says of a packet that it must not pass on: its sender then fails at once, with "no route to host", instead
 * of waiting for an answer.
 */
export function refusal(frame: Buffer): Buffer {
  const answer = Buffer.alloc(icmp.quote + quotedLength);
  frame.copy(answer, 0, 6, 12);
  routerMac.copy(answer, 6);
  answer.writeUInt16BE(etherTypes.ipv4, at.etherType);
  answer[at.ip] = 0x45;
  answer.writeUInt16BE(answer.length - at.ip, at.ip + 2);
  answer[at.ip + 8] = 64;
  answer[at.protocol] = protocols.icmp;
  answer.writeUInt32BE(router, at.source);
  frame.copy(answer, at.target, at.source, at.source + 4);
  answer.writeUInt16BE(checksum(answer.subarray(at.ip, at.payload)), at.ipChecksum);
  answer[icmp.start] = icmp.unreachable;
  answer[icmp.start + 1] = icmp.prohibited;
  frame.copy(answer, icmp.quote, at.ip, at.ip + quotedLength);
  answer.writeUInt16BE(checksum(answer.subarray(icmp.start)), icmp.checksum);
  return answer;
}

/** Of an even number of bytes, with zeros where it is to be (RFC 1071). */
export function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let offset = 0; offset < bytes.length; offset += 2) sum += bytes.readUInt16BE(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
