import { tcpFlags, type IcmpMessage, type TcpHeader, type UdpHeader } from "../frame.ts";
import { ipText } from "./addresses.ts";
import type { Bytes } from "./bytes.ts";
import type { Parsed } from "./ip.ts";

/** @param length of the segment when it was sent */
export function parseTcp(segment: Bytes, length: number): Parsed<TcpHeader> | undefined {
  const [sourcePort, destinationPort] = [segment.u16(0), segment.u16(2)];
  const [sequence, acknowledgement] = [segment.u32(4), segment.u32(8)];
  const [offset, bits, window] = [segment.u8(12), segment.u8(13), segment.u16(14)];
  if (sourcePort === undefined || destinationPort === undefined || sequence === undefined) return undefined;
  if (acknowledgement === undefined || offset === undefined || bits === undefined || window === undefined) {
    return undefined;
  }
  const headerLength = (offset >> 4) * 4;
  if (headerLength < 20 || headerLength > length) return undefined;
  const flags = tcpFlags.filter((_flag, bit) => (bits & (1 << bit)) !== 0);
  const payload = length - headerLength;
  return {
    header: { sourcePort, destinationPort, sequence, acknowledgement, flags, window, payload },
    inside: segment.from(headerLength),
    insideLength: payload,
  };
}

/** @param length of the datagram when it was sent */
export function parseUdp(datagram: Bytes, length: number): Parsed<UdpHeader> | undefined {
  const [sourcePort, destinationPort, said] = [datagram.u16(0), datagram.u16(2), datagram.u16(4)];
  if (sourcePort === undefined || destinationPort === undefined || said === undefined || said < 8) return undefined;
  // The first fragment of a datagram says how long the whole is.
  const payload = Math.min(said, Math.max(8, length)) - 8;
  return {
    header: { sourcePort, destinationPort, payload },
    inside: datagram.from(8, 8 + payload),
    insideLength: payload,
  };
}

const echoTypes = { 4: [0, 8], 6: [128, 129] };
/** Neighbour solicitation and advertisement. */
const neighbourTypes = [135, 136];

export function parseIcmp(message: Bytes, version: 4 | 6): IcmpMessage | undefined {
  const [type, code] = [message.u8(0), message.u8(1)];
  if (type === undefined || code === undefined) return undefined;
  const [id, sequence] = [message.u16(4), message.u16(6)];
  const isEcho = echoTypes[version].includes(type) && id !== undefined && sequence !== undefined;
  const target = version === 6 && neighbourTypes.includes(type) ? message.take(8, 16) : undefined;
  return { type, code, ...(isEcho && { echo: { id, sequence } }), ...(target && { target: ipText(target) }) };
}
