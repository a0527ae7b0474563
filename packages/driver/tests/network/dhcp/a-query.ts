import { toNumber } from "../../../src/qemu/internet/gate/addresses.ts";
import { kinds, type Kind } from "../../../src/network/dhcp/message.ts";
import { aFrame } from "../../qemu/internet/gate/a-frame.ts";

export interface QuerySpec {
  readonly kind: Kind;
  /** Default: that of machine 1 on VLAN 1. */
  readonly mac?: string;
  /** What it has. */
  readonly has?: string;
  /** What it would like. */
  readonly wants?: string;
  /** Whose offer it takes. */
  readonly server?: string;
  readonly broadcast?: boolean;
  readonly relay?: string;
  /** The packet's target. */
  readonly to?: string;
}

export const cardOne = "52:54:00:12:01:01";

/** A frame with a client's message, as RFC 2131 has it. */
export function aQuery(spec: QuerySpec): Buffer {
  const { kind, mac = cardOne, has = "0.0.0.0", wants, server, broadcast = false, relay = "0.0.0.0" } = spec;
  const message = Buffer.alloc(240);
  message.set([1, 1, 6, 0], 0);
  message.writeUInt32BE(0x12345678, 4);
  message.writeUInt16BE(broadcast ? 0x8000 : 0, 10);
  message.writeUInt32BE(toNumber(has), 12);
  message.writeUInt32BE(toNumber(relay), 24);
  Buffer.from(mac.replaceAll(":", ""), "hex").copy(message, 28);
  message.writeUInt32BE(0x63825363, 236);
  const code = Number(Object.entries(kinds).find(([, name]) => name === kind)?.[0]);
  const option = (number: number, ...value: number[]): number[] => [number, value.length, ...value];
  const address = (text: string): number[] => text.split(".").map(Number);
  const options = [
    ...[0, 0],
    ...option(53, code),
    ...(wants === undefined ? [] : option(50, ...address(wants))),
    ...(server === undefined ? [] : option(54, ...address(server))),
    ...option(55, 1, 3, 6, 26),
    255,
  ];
  const payload = Buffer.concat([message, Buffer.from(options)]);
  const { to = "255.255.255.255" } = spec;
  return aFrame({ protocol: "udp", from: has, to, ports: [68, 67], payload });
}
