import type { Protocol } from "../../topology/capture/packet-filter.ts";

/** What a frame says. Parts that it has not, that are cut off, or that contradict themselves are not there. */
export interface Frame {
  /** The innermost that was understood. */
  readonly protocol: Protocol;
  readonly ethernet?: EthernetHeader | undefined;
  readonly arp?: ArpMessage | undefined;
  readonly ip?: IpHeader | undefined;
  readonly tcp?: TcpHeader | undefined;
  readonly udp?: UdpHeader | undefined;
  /** Of ICMP and of ICMPv6. */
  readonly icmp?: IcmpMessage | undefined;
  /** Of DNS and of multicast DNS. */
  readonly dns?: DnsMessage | undefined;
}

export interface EthernetHeader {
  readonly source: string;
  readonly destination: string;
  /** Of what is inside, behind all tags: 0x0800 for IPv4. Below 0x0600 it is a length. */
  readonly type: number;
  /** 802.1Q and 802.1ad VLAN ids, from the outside in. */
  readonly tags: readonly number[];
}

export interface ArpMessage {
  readonly operation: "request" | "reply" | number;
  readonly sender: { readonly mac: string; readonly ip: string };
  readonly target: { readonly mac: string; readonly ip: string };
}

export interface IpHeader {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Number of what is inside, behind extension headers: 6 for TCP. */
  readonly protocol: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  /** It is one part of a larger packet; only the first has the headers of what is inside. */
  readonly fragment?: { readonly offset: number; readonly more: boolean } | undefined;
}

export const tcpFlags = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"] as const;
export type TcpFlag = (typeof tcpFlags)[number];

export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: readonly TcpFlag[];
  readonly window: number;
  /** Bytes of data. */
  readonly payload: number;
}

export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Bytes of data. */
  readonly payload: number;
}

export interface IcmpMessage {
  readonly type: number;
  readonly code: number;
  /** Of echo requests and replies. */
  readonly echo?: { readonly id: number; readonly sequence: number } | undefined;
  /** Whose MAC a neighbour solicitation asks for, or an advertisement tells. */
  readonly target?: string | undefined;
}

export interface DnsMessage {
  readonly id: number;
  readonly response: boolean;
  /** Response code: 0 for no error, 3 for a name that does not exist. */
  readonly code: number;
  readonly questions: readonly DnsQuestion[];
  /** At most 64 of them. */
  readonly answers: readonly DnsAnswer[];
}

export interface DnsQuestion {
  /** Without the dot at the end; the root is `"."`. */
  readonly name: string;
  /** `"A"`, `"AAAA"`, …; `"TYPE1234"` for those without a name here. */
  readonly type: string;
}

export interface DnsAnswer extends DnsQuestion {
  /** In seconds. */
  readonly ttl: number;
  /** An address or a name; undefined for types that have neither. */
  readonly data?: string | undefined;
}
