import { router, routerMac } from "./addresses.ts";
import { checksum, writeHeader } from "./ipv4-header.ts";
import { at, protocols } from "./packet.ts";

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
  writeHeader(answer, { protocol: protocols.icmp, source: router, target: frame.readUInt32BE(at.source) });
  answer[icmp.start] = icmp.unreachable;
  answer[icmp.start + 1] = icmp.prohibited;
  frame.copy(answer, icmp.quote, at.ip, at.ip + quotedLength);
  answer.writeUInt16BE(checksum(answer.subarray(icmp.start)), icmp.checksum);
  return answer;
}
