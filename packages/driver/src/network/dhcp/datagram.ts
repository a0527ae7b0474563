import { broadcast, toNumber } from "../../qemu/internet/gate/addresses.ts";
import { writeHeader } from "../../qemu/internet/gate/ipv4-header.ts";
import { at, protocols, readPacket } from "../../qemu/internet/gate/packet.ts";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";
import { readQuery, writeReply, type Query, type Reply } from "./message.ts";

export const ports = { server: 67, client: 68 } as const;
const udp = { length: at.payload + 4, message: at.payload + 8 } as const;
const everyone = Buffer.alloc(6, 0xff);

/** What a client asks in a frame; undefined for a frame of anything else, and for one to another server. */
export function queryIn(frame: Buffer, { address }: Pick<DhcpPlan, "address">): Query | undefined {
  const packet = readPacket(frame);
  if (packet?.protocol !== protocols.udp || packet.ports?.target !== ports.server) return undefined;
  if (packet.target !== broadcast && packet.target !== toNumber(address)) return undefined;
  const end = at.payload + frame.readUInt16BE(udp.length);
  return end > frame.length || end < udp.message ? undefined : readQuery(frame.subarray(udp.message, end));
}

/** The frame that answers it. */
export function frameOf(query: Query, reply: Reply, { mac, address }: Pick<DhcpPlan, "mac" | "address">): Buffer {
  const message = writeReply(query, reply);
  const to = targetOf(query, reply);
  const frame = Buffer.alloc(udp.message + message.length);
  (to === broadcast ? everyone : query.mac).copy(frame, 0);
  macBytes(mac).copy(frame, 6);
  writeHeader(frame, { protocol: protocols.udp, source: toNumber(address), target: to });
  frame.writeUInt16BE(ports.server, at.payload);
  frame.writeUInt16BE(ports.client, at.payload + 2);
  // Without a checksum of its own, as UDP may be.
  frame.writeUInt16BE(message.length + 8, udp.length);
  message.copy(frame, udp.message);
  return frame;
}

/** Whom an answer goes to (RFC 2131, 4.1): a client has no address yet, or is not to have the one that it has. */
function targetOf({ clientAddress, wantsBroadcast }: Query, { kind, yourAddress }: Reply): number {
  if (kind === "NAK") return broadcast;
  if (clientAddress !== 0) return clientAddress;
  return wantsBroadcast ? broadcast : yourAddress;
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}
