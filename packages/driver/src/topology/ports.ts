import { lastNodeNumber } from "./addresses.ts";
import type { InterfacePlan, NodePlan } from "./plan.ts";

/** One more than the highest number of a machine, which is a byte. */
const portsPerRow = 256;
/** Cards that one machine has on one VLAN. */
const rows = 4;

/** Of a network's DHCP server: no machine has this number. */
export const dhcpPort: number = lastNodeNumber + 1;

/** Ports from here on are no machine's: links and captures take them as they come. */
export const firstSparePort: number = rows * portsPerRow;

/** From here on they are what links are led through when something is wrong with them. */
export const firstLinkPort: number = firstSparePort + portsPerRow;

/** Of every switch. It costs some bytes for each. */
export const portCount: number = 2 * firstSparePort;

/**
 * The port that a card is plugged into, on the switch of its VLAN: always the same one, whatever else is plugged in, so
 * that what is told of a port holds for the machine, also after a reset. Pure.
 */
export function portOf({ number, interfaces }: Pick<NodePlan, "number" | "interfaces">, card: number): number {
  const vlan = interfaces[card]?.vlan;
  const row = interfaces.slice(0, card).filter((other) => other.vlan === vlan).length;
  return row * portsPerRow + number;
}

/**
 * 802.1Q VLANs of a switch below this one are for declarations, those from here on for what cuts and joins its ports. The
 * highest that a switch takes is 4093.
 */
export const firstFaultVlan = 3000;

/** The 802.1Q VLAN, within its switch, that the untagged frames of a card are in while nothing is wrong. 0 is the switch's own. */
export function homeVlan({ untagged = 0 }: Pick<InterfacePlan, "untagged">): number {
  return untagged;
}

/** Cards of which this is the same hear each other's untagged frames. */
export function segmentOf(card: Pick<InterfacePlan, "vlan" | "untagged">): string {
  return `${card.vlan}.${homeVlan(card)}`;
}
