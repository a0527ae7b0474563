import { invalid, MachinesError } from "@vitest-machines/host";
import type { Networks } from "../../topology/networks/networks.ts";
import type { InterfacePlan, NodePlan } from "../../topology/plan.ts";

/** One card of a machine, and what its network is called. */
export interface Card {
  readonly node: NodePlan;
  /** Its place among the machine's cards. */
  readonly index: number;
  readonly plan: InterfacePlan;
  /** The network's name, or `VLAN 1` for one without. */
  readonly network: string;
}

/** Which of a machine's cards is meant: one on that network, or the one of that name. */
export type WhichCard = string | number | undefined;

/**
 * The card of a machine that a test speaks of. Pure.
 * @param which may be left out when the machine has one card
 * @throws DECLARATION_INVALID; HANDLE_MISUSE for a machine without cards
 */
export function findCard(node: NodePlan, which: WhichCard, networks: Networks): Card {
  const cards = cardsOf(node, networks);
  const fitting = which === undefined ? cards : cards.filter((card) => isMeant(card, which, networks));
  const [card, ...others] = fitting;
  if (card && others.length === 0) return card;
  const named = cards.map(({ plan, network }) => `${JSON.stringify(plan.name)} on ${network}`).join(", ");
  if (cards.length === 0) {
    throw new MachinesError("HANDLE_MISUSE", `${node.name} is on no network.`, { machine: node.name });
  }
  const reason = card
    ? `fits ${fitting.length} cards of ${node.name}`
    : `is neither a network that ${node.name} is on nor one of its cards`;
  throw invalid({ path: "link", value: which, reason, valid: `a network, or the name of a card: ${named}` });
}

/** All cards of a machine, in the order in which it has them. */
export function cardsOf(node: NodePlan, networks: Networks): Card[] {
  return node.interfaces.map((plan, index) => ({ node, index, plan, network: nameOf(plan.vlan, networks) }));
}

function isMeant({ plan }: Card, which: string | number, networks: Networks): boolean {
  return plan.vlan === which || plan.name === which || networks.get(String(which))?.vlan === plan.vlan;
}

function nameOf(vlan: number, networks: Networks): string {
  const [name] = [...networks].find(([, network]) => network.vlan === vlan) ?? [];
  return name ?? `VLAN ${vlan}`;
}
