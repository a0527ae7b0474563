import { host, resolver, router } from "./addresses.ts";
import { at, protocols, readPacket } from "./packet.ts";
import type { GatePolicy } from "./policy.ts";
import { redirect } from "./redirect.ts";

const dhcp = { options: at.payload + 8 + 240, checksum: at.payload + 6, router: 3, resolver: 6, pad: 0, end: 255 };

/** A frame from QEMU's network as the guest gets it; changed in place. */
export function inward(frame: Buffer, policy: GatePolicy): Buffer {
  const packet = readPacket(frame);
  if (!packet?.ports) return frame;
  const { protocol, source, ports } = packet;
  if (!policy.internet && protocol === protocols.udp && ports.source === 67) hideWayOut(frame);
  if (source === router && ports.source === policy.dnsPort) {
    redirect(frame, packet, "source", { address: resolver, port: 53 });
  } else if (source === router && protocol === protocols.tcp && policy.ports.includes(ports.source)) {
    redirect(frame, packet, "source", { address: host, port: ports.source });
  }
  return frame;
}

/** QEMU's DHCP server names a router and a resolver, which are of no use to a guest without internet. */
function hideWayOut(frame: Buffer): void {
  let offset = dhcp.options;
  while (offset + 1 < frame.length && frame[offset] !== dhcp.end) {
    if (frame[offset] === dhcp.pad) {
      offset += 1;
      continue;
    }
    const next = offset + 2 + (frame[offset + 1] ?? 0);
    if (frame[offset] === dhcp.router || frame[offset] === dhcp.resolver) frame.fill(dhcp.pad, offset, next);
    offset = next;
  }
  frame.writeUInt16BE(0, dhcp.checksum);
}
