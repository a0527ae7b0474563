import { broadcast, host, isOutside, isSingle, resolver, router, routerMac } from "./addresses.ts";
import { at, etherTypes, protocols, readPacket, type Packet } from "./packet.ts";
import type { GatePolicy } from "./policy.ts";
import { redirect } from "./redirect.ts";
import { refusal } from "./refusal.ts";

/** What becomes of a frame: it goes on, its sender gets an answer, or neither. */
export type Passage = { readonly on: Buffer } | { readonly answer: Buffer } | undefined;

const echoRequest = 8;
const queryPort = 53;

/** What becomes of a frame from the guest. Whatever is not known to be harmless stays here. */
export function outward(frame: Buffer, policy: GatePolicy): Passage {
  if (isArp(frame)) return passArp(frame, policy);
  const packet = readPacket(frame);
  if (!packet) return undefined;
  const port = loopbackPort(packet, policy);
  if (port !== undefined) redirect(frame, packet, "target", { address: router, port });
  else if (!isForNetwork(frame, packet) && !(policy.internet && isForInternet(frame, packet))) {
    return packet.ports && isSingle(packet.target) ? { answer: refusal(frame) } : undefined;
  }
  return { on: frame };
}

/** QEMU answers it itself. */
function isForNetwork(frame: Buffer, packet: Packet): boolean {
  const isLocal = packet.target === router || packet.target === resolver;
  return isDhcp(packet) || (isLocal && isPing(frame, packet));
}

function isForInternet(frame: Buffer, packet: Packet): boolean {
  if (isQuery(packet)) return true;
  return isOutside(packet.target) && (packet.protocol !== protocols.icmp || isPing(frame, packet));
}

function isDhcp({ protocol, target, ports }: Packet): boolean {
  const isServer = ports?.source === 68 && ports.target === 67;
  return protocol === protocols.udp && isServer && (target === broadcast || target === router);
}

function isPing(frame: Buffer, { protocol, isFragment }: Packet): boolean {
  return protocol === protocols.icmp && (isFragment || frame[at.payload] === echoRequest);
}

/** The port of the host's loopback that a packet is for, if it may get there. */
function loopbackPort(packet: Packet, { internet, dnsPort, ports }: GatePolicy): number | undefined {
  if (internet && isQuery(packet)) return dnsPort;
  const isService = packet.protocol === protocols.tcp && packet.target === host;
  return isService ? ports.find((port) => port === packet.ports?.target) : undefined;
}

function isQuery({ target, ports }: Packet): boolean {
  return target === resolver && ports?.target === queryPort;
}

const arp = { operation: 20, senderMac: 22, targetMac: 32, targetAddress: 38, length: 42 } as const;
const arpRequest = 1;
const arpReply = 2;

function isArp(frame: Buffer): boolean {
  return frame.length >= arp.length && frame.readUInt16BE(at.etherType) === etherTypes.arp;
}

/** QEMU does not answer for an address that it does not know. */
function passArp(frame: Buffer, { ports }: GatePolicy): Passage {
  const isForHost = frame.readUInt32BE(arp.targetAddress) === host;
  if (!isForHost || frame.readUInt16BE(arp.operation) !== arpRequest) return { on: frame };
  if (ports.length === 0) return undefined;
  const answer = Buffer.from(frame.subarray(0, arp.length));
  const asker = frame.subarray(arp.senderMac, arp.senderMac + 10);
  asker.copy(answer, 0, 0, 6);
  routerMac.copy(answer, 6);
  answer.writeUInt16BE(arpReply, arp.operation);
  routerMac.copy(answer, arp.senderMac);
  answer.writeUInt32BE(host, arp.senderMac + 6);
  asker.copy(answer, arp.targetMac);
  return { answer };
}
