export const protocols = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Where in a frame things are. */
export const at = {
  etherType: 12,
  ip: 14,
  fragment: 20,
  protocol: 23,
  ipChecksum: 24,
  source: 26,
  target: 30,
  payload: 34,
} as const;
const shortest = { [protocols.icmp]: 8, [protocols.tcp]: 20, [protocols.udp]: 8 };

export const etherTypes = { ipv4: 0x0800, arp: 0x0806 } as const;

/** A plain IPv4 packet of a protocol that is known. */
export interface Packet {
  readonly protocol: 1 | 6 | 17;
  readonly source: number;
  readonly target: number;
  /** Undefined in a part of a larger packet, and for ICMP. */
  readonly ports: { readonly source: number; readonly target: number } | undefined;
  readonly isFragment: boolean;
}

/** What a frame has in it; undefined for what is no IPv4, and for what nobody sends who means no harm. */
export function readPacket(frame: Buffer): Packet | undefined {
  if (frame.length < at.payload || frame.readUInt16BE(at.etherType) !== etherTypes.ipv4) return undefined;
  // Version 4, and no options, which could name other addresses.
  if (frame[at.ip] !== 0x45) return undefined;
  const protocol = frame[at.protocol];
  if (protocol !== protocols.icmp && protocol !== protocols.tcp && protocol !== protocols.udp) return undefined;
  // "More follow", and how much has gone before.
  const isFragment = (frame.readUInt16BE(at.fragment) & 0x3fff) !== 0;
  if (!isFragment && frame.length < at.payload + shortest[protocol]) return undefined;
  const ports =
    isFragment || protocol === protocols.icmp
      ? undefined
      : { source: frame.readUInt16BE(at.payload), target: frame.readUInt16BE(at.payload + 2) };
  return {
    ...{ protocol, ports, isFragment },
    source: frame.readUInt32BE(at.source),
    target: frame.readUInt32BE(at.target),
  };
}
