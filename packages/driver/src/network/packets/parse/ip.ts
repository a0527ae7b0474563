import type { IpHeader } from "../frame.ts";
import { ipText } from "./addresses.ts";
import type { Bytes } from "./bytes.ts";

/** A header, what it carries as far as it was recorded, and how long that was when it was sent. */
export interface Parsed<H> {
  readonly header: H;
  readonly inside: Bytes;
  readonly insideLength: number;
}

export function parseIpv4(packet: Bytes): Parsed<IpHeader> | undefined {
  const first = packet.u8(0);
  const [total, flags, ttl, protocol] = [packet.u16(2), packet.u16(6), packet.u8(8), packet.u8(9)];
  const [source, destination] = [packet.take(12, 4), packet.take(16, 4)];
  if (first === undefined || total === undefined || flags === undefined || !source || !destination) return undefined;
  const headerLength = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || headerLength < 20 || total < headerLength) return undefined;
  const [offset, more] = [(flags & 0x1fff) * 8, (flags & 0x2000) !== 0];
  return {
    header: {
      version: 4,
      source: ipText(source),
      destination: ipText(destination),
      protocol: protocol ?? 0,
      ttl: ttl ?? 0,
      ...((offset > 0 || more) && { fragment: { offset, more } }),
    },
    inside: packet.from(headerLength, total),
    insideLength: total - headerLength,
  };
}

/** Extension headers that tell their own length: hop-by-hop, routing, destination options, mobility. */
const extensions = [0, 43, 60, 135];
const fragmentHeader = 44;
const fixedLength = 40;

export function parseIpv6(packet: Bytes): Parsed<IpHeader> | undefined {
  const first = packet.u8(0);
  const [payload, ttl] = [packet.u16(4), packet.u8(7)];
  const [source, destination] = [packet.take(8, 16), packet.take(24, 16)];
  if (first === undefined || first >> 4 !== 6 || payload === undefined || !source || !destination) return undefined;
  let next = packet.u8(6) ?? 0;
  let at = fixedLength;
  let fragment: IpHeader["fragment"];
  // Each turn goes on by at least eight bytes.
  for (;;) {
    const [following, length] = [packet.u8(at), packet.u8(at + 1)];
    if (following === undefined || length === undefined) break;
    if (next === fragmentHeader) {
      const flags = packet.u16(at + 2) ?? 0;
      fragment = { offset: flags & 0xfff8, more: (flags & 1) !== 0 };
      at += 8;
    } else if (extensions.includes(next)) {
      at += 8 + length * 8;
    } else break;
    next = following;
    if (fragment && fragment.offset > 0) break;
  }
  const end = fixedLength + payload;
  return {
    header: {
      version: 6,
      source: ipText(source),
      destination: ipText(destination),
      protocol: next,
      ttl: ttl ?? 0,
      ...(fragment && { fragment }),
    },
    inside: packet.from(at, end),
    insideLength: Math.max(0, end - at),
  };
}
