import { invalid } from "@vitest-machines/host";
import { isIPv4 } from "node:net";
import type { InterfacePlan } from "../../plan.ts";
import type { NetworkPlan } from "../networks.ts";
import { isWithin, parsePrefix, prefixText, withoutLength } from "../prefix.ts";
import { subnetOf } from "./subnet.ts";

/** What is known of a card when it is asked whether it asks for its address. */
export interface AskingCard {
  /** As declared. */
  readonly dhcp: boolean | undefined;
  readonly network: NetworkPlan;
  /** What it would have without DHCP, and whether its author has named them. */
  readonly addresses: readonly string[];
  readonly isOwn: boolean;
  readonly untagged: number | undefined;
  readonly path: string;
}

/** Which addresses a card has in the end, and whether it asks for the one of IPv4. @throws MachinesError DECLARATION_INVALID */
export function planAsking(card: AskingCard): Pick<InterfacePlan, "addresses" | "dhcp"> {
  const { network, addresses } = card;
  const own = addresses.filter((text) => isIPv4(withoutLength(text)));
  const asks = card.dhcp ?? (network.dhcp !== undefined && own.length > 0);
  if (!asks) return { addresses };
  if (!network.dhcp) return { addresses: withoutAnswer(card, own), dhcp: true };
  if (card.untagged !== undefined) {
    const valid = "cards without `untagged`, or dhcp: false for this one";
    const reason = "is an 802.1Q VLAN, and the DHCP server of the network is in none";
    throw invalid({ path: `${card.path}.untagged`, value: card.untagged, reason, valid });
  }
  const subnet = subnetOf(network);
  const [first] = own.flatMap((text) => parsePrefix(text) ?? []);
  if (own.length > 1 || (first && (!isWithin(first, subnet) || first.length !== subnet.length))) {
    const valid = `one IPv4 address in ${prefixText(subnet)}, with its length, or dhcp: false for this card`;
    throw invalid({ path: `${card.path}.addresses`, value: own, reason: "are not what DHCP can give it", valid });
  }
  return { addresses, dhcp: true };
}

/** Who else answers is not known here, nor what it says. */
function withoutAnswer({ addresses, isOwn, path }: AskingCard, own: readonly string[]): readonly string[] {
  if (isOwn && own.length > 0) {
    const valid = "no IPv4 address, or a network with `dhcp`, whose server gives it";
    throw invalid({ path: `${path}.addresses`, value: own, reason: "cannot be: the card asks for its address", valid });
  }
  return addresses.filter((text) => !own.includes(text));
}
