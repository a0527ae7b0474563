import type { Protocol } from "../../../topology/capture/packet-filter.ts";
import type { DnsMessage, Frame, IpHeader } from "../frame.ts";
import { parseArp } from "./arp.ts";
import { Bytes } from "./bytes.ts";
import { parseDns } from "./dns.ts";
import { parseEthernet } from "./ethernet.ts";
import { parseIpv4, parseIpv6, type Parsed } from "./ip.ts";
import { parseIcmp, parseTcp, parseUdp } from "./transport.ts";

const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd };
const ipProtocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };
const dnsPorts: Readonly<Record<number, Protocol>> = { 53: "dns", 5353: "mdns" };

/**
 * Understands an Ethernet frame as far as it goes. It never throws, whatever the bytes are, and takes time in proportion to
 * their number. Checksums are not looked at. Pure.
 */
export function parseFrame(bytes: Uint8Array): Frame {
  const frame = new Bytes(bytes);
  const parsed = parseEthernet(frame);
  if (!parsed) return { protocol: "ethernet" };
  const { header: ethernet, end } = parsed;
  const inside = frame.from(end);
  if (ethernet.type === etherTypes.arp) {
    const arp = parseArp(inside);
    return arp ? { protocol: "arp", ethernet, arp } : { protocol: "ethernet", ethernet };
  }
  const packet =
    ethernet.type === etherTypes.ipv4
      ? parseIpv4(inside)
      : ethernet.type === etherTypes.ipv6
        ? parseIpv6(inside)
        : undefined;
  return packet ? { ethernet, ip: packet.header, ...parseInside(packet) } : { protocol: "ethernet", ethernet };
}

function parseInside({ header, inside, insideLength }: Parsed<IpHeader>): Omit<Frame, "ethernet" | "ip"> {
  const outer: Omit<Frame, "ethernet" | "ip"> = { protocol: header.version === 4 ? "ipv4" : "ipv6" };
  if (header.fragment && header.fragment.offset > 0) return outer;
  switch (header.protocol) {
    case ipProtocols.tcp: {
      const tcp = parseTcp(inside, insideLength);
      if (!tcp) return outer;
      // A message over TCP follows its length; one in several segments is read as far as the first goes.
      return { ...named("tcp", tcp.header, tcp.inside.from(2)), tcp: tcp.header };
    }
    case ipProtocols.udp: {
      const udp = parseUdp(inside, insideLength);
      return udp ? { ...named("udp", udp.header, udp.inside), udp: udp.header } : outer;
    }
    case ipProtocols.icmp:
    case ipProtocols.icmpv6: {
      const isSix = header.protocol === ipProtocols.icmpv6;
      if (isSix !== (header.version === 6)) return outer;
      const icmp = parseIcmp(inside, header.version);
      return icmp ? { protocol: isSix ? "icmpv6" : "icmp", icmp } : outer;
    }
    default:
      return outer;
  }
}

/** Whether it is DNS is told by the port, as in every analyser. */
function named(
  carrier: Protocol,
  ports: { sourcePort: number; destinationPort: number },
  payload: Bytes,
): { protocol: Protocol; dns?: DnsMessage } {
  const protocol = dnsPorts[ports.destinationPort] ?? dnsPorts[ports.sourcePort];
  const dns = protocol && parseDns(payload);
  return dns ? { protocol, dns } : { protocol: carrier };
}
