import type { FilterPlan, Party } from "../../topology/capture/packet-filter.ts";
import { isWithin, parseAddress } from "../../topology/networks/prefix.ts";
import type { Card } from "./address-book.ts";
import { destinationOf, sourceOf, type Packet } from "./packet.ts";

/** Whether packets at a card can be among those that a filter means. */
export function isAt(filter: FilterPlan, card: Card, direction: "out" | "in"): boolean {
  if (filter.direction !== "both" && filter.direction !== direction) return false;
  return allows(filter.vlans, card.vlan) && allows(filter.machines, card.machine);
}

/** Whether a filter means every packet that is at a card where it looks. */
export function meansAll({ protocols, ports, from, to }: FilterPlan): boolean {
  return [protocols, ports, from, to].every((one) => one === undefined);
}

/** Whether a filter means a packet that is at a card where it looks. */
export function isMeant(filter: FilterPlan, packet: Packet): boolean {
  const { protocols, ports, from, to } = filter;
  const { tcp, udp, ethernet } = packet;
  if (protocols && !protocols.some((one) => carries(packet, one))) return false;
  if (ports) {
    const ends = tcp ?? udp;
    if (!ends || !(ports.includes(ends.sourcePort) || ports.includes(ends.destinationPort))) return false;
  }
  if (from && !from.some((one) => isParty(one, packet.from, sourceOf(packet), ethernet?.source))) return false;
  return !to || to.some((one) => isParty(one, packet.to, destinationOf(packet), ethernet?.destination));
}

function allows<T>(allowed: readonly T[] | undefined, value: T): boolean {
  return allowed === undefined || allowed.includes(value);
}

function carries(packet: Packet, protocol: Packet["protocol"]): boolean {
  switch (protocol) {
    case "ethernet":
      return true;
    case "ipv4":
      return packet.ip?.version === 4;
    case "ipv6":
      return packet.ip?.version === 6;
    case "tcp":
    case "udp":
    case "arp":
      return packet[protocol] !== undefined;
    default:
      return packet.protocol === protocol;
  }
}

function isParty(party: Party, name: string, address: string | undefined, mac: string | undefined): boolean {
  if (party.kind === "machine") return party.name === name;
  if (party.kind === "mac") return party.mac === mac;
  const parsed = parseAddress(address);
  return parsed !== undefined && isWithin(parsed, party.prefix);
}
