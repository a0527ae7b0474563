import { invalid, MachinesError } from "@vitest-machines/host";
import { isMeant, type Card } from "../../network/faults/effective.ts";
import type { Networks } from "../../topology/networks/networks.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { homeVlan, portOf } from "../../topology/ports.ts";

/**
 * The card of a machine that a test speaks of. Pure.
 * @param which the network that it is on, or its name; may be left out when the machine has one card
 * @throws DECLARATION_INVALID; HANDLE_MISUSE for a machine without cards
 */
export function findCard(node: NodePlan, which: string | number | undefined, networks: Networks): Card {
  const cards = cardsOf(node, networks);
  const fitting = cards.filter((card) => isMeant(card, which));
  const [card, ...others] = fitting;
  if (card && others.length === 0) return card;
  if (cards.length === 0) {
    throw new MachinesError("HANDLE_MISUSE", `${node.name} is on no network.`, { machine: node.name });
  }
  const named = cards.map((one) => `${JSON.stringify(one.name)} on ${networkName(one)}`).join(", ");
  const reason = card
    ? `fits ${fitting.length} cards of ${node.name}`
    : `is neither a network that ${node.name} is on nor one of its cards`;
  throw invalid({ path: "link", value: which, reason, valid: `a network, or the name of a card: ${named}` });
}

/** All cards of a machine, in the order in which it has them. */
export function cardsOf(node: NodePlan, networks: Networks): Card[] {
  return node.interfaces.map((plan, index) => ({
    ...{ machine: node.name, index, name: plan.name, vlan: plan.vlan, home: homeVlan(plan) },
    isMirror: plan.mirror === true,
    isTrunk: plan.tagged !== undefined && plan.tagged.length > 0,
    network: [...networks].find(([, network]) => network.vlan === plan.vlan)?.[0],
    port: portOf(node, index),
  }));
}

/** What the network of a card is called. */
export function networkName({ network, vlan }: Pick<Card, "network" | "vlan">): string {
  return network ?? `VLAN ${vlan}`;
}
