import { invalid } from "@vitest-machines/host";
import type { InterfacePlan, NodePlan } from "../plan.ts";

type Node = Pick<NodePlan, "interfaces">;

/**
 * Whether a card says that its port is a mirror port.
 * @param others what else it says, but its network
 * @throws MachinesError DECLARATION_INVALID, also for anything else that is said of a mirror port
 */
export function validateMirror(value: unknown, path: string, others: Readonly<Record<string, unknown>>): boolean {
  if (value === undefined || value === false) return false;
  if (value !== true) throw invalid({ path: `${path}.mirror`, value, reason: "is not a choice", valid: "true, false" });
  const [other] = Object.entries(others).filter(([, said]) => said !== undefined);
  if (!other) return true;
  const [key, said] = other;
  const reason = "is of no use to a mirror port, which only shows what others send";
  throw invalid({ path: `${path}.${key}`, value: said, reason, valid: "network and mirror alone" });
}

/** Cards by which a machine can be spoken to, and speak. */
export function ordinaryCards(cards: readonly InterfacePlan[]): InterfacePlan[] {
  return cards.filter(({ mirror }) => mirror !== true);
}

/** The VLANs whose networks somebody has a mirror port of. */
export function mirroredVlans(nodes: readonly Node[]): Set<number> {
  const cards = nodes.flatMap(({ interfaces }) => interfaces);
  return new Set(cards.flatMap(({ vlan, mirror }) => (mirror === true ? [vlan] : [])));
}

/** Marks the cards that mirror ports show the frames of. */
export function markMirrored<N extends Node>(node: N, mirrored: ReadonlySet<number>): N {
  const interfaces = node.interfaces.map((card) =>
    mirrored.has(card.vlan) && card.mirror !== true ? { ...card, mirrored: true as const } : card,
  );
  return { ...node, interfaces };
}

/**
 * Others send copies to a mirror from their start on, so one that comes later must find it.
 * @throws MachinesError DECLARATION_INVALID
 */
export function requireMirrored(name: string, { interfaces }: Node, mirrored: ReadonlySet<number>): void {
  const late = interfaces.find(({ vlan, mirror }) => mirror === true && !mirrored.has(vlan));
  if (!late) return;
  const known = [...mirrored].join(", ");
  const valid = `VLANs that a machine of \`nodes\` has a mirror port of: ${known === "" ? "there are none" : known}`;
  const path = `nodes.${name}.interfaces.${late.name}.mirror`;
  throw invalid({ path, value: late.vlan, reason: "is a network that nobody mirrors so far", valid });
}
