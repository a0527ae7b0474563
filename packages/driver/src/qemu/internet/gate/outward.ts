import { broadcast, host, isOutside, isSingle, resolver, router, routerMac } from "./addresses.ts";
import { arpAnswer, asksFor, isArp } from "./arp.ts";
import { at, protocols, readPacket, type Packet } from "./packet.ts";
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

/** QEMU does not answer for an address that it does not know. */
function passArp(frame: Buffer, { ports }: GatePolicy): Passage {
  if (!asksFor(frame, host)) return { on: frame };
  return ports.length === 0 ? undefined : { answer: arpAnswer(frame, host, routerMac) };
}
