import { invalid } from "@vitest-machines/host";
import { cardsWith, type Card } from "../../network/faults/effective.ts";
import type { Fault, MachineRef } from "../../network/faults/fault.ts";
import { scheduleOf, type Schedule, type ScheduleOptions } from "../../network/faults/schedule.ts";
import type { Networks } from "../../topology/networks/networks.ts";
import type { ClusterPlan, NodePlan } from "../../topology/plan.ts";
import { cardsOf } from "./find-card.ts";

/** A machine, with whatever else is known of it. */
interface Member {
  readonly node: NodePlan;
}

/** @throws DECLARATION_INVALID */
export function findMember<M extends Member>(members: readonly M[], machine: MachineRef, path = "machine"): M {
  const name = typeof machine === "string" ? machine : machine.name;
  const found = members.find(({ node }) => node.name === name);
  if (found) return found;
  const valid = members.map(({ node }) => node.name).join(", ");
  throw invalid({ path, value: name, reason: "is no machine of this cluster", valid });
}

/**
 * Whether machines can have a fault. Pure.
 * @param path of the fault, for messages
 * @throws DECLARATION_INVALID
 */
export function checkFault(
  fault: Fault,
  members: readonly Member[],
  { networks, vlans }: Pick<ClusterPlan, "networks" | "vlans">,
  path: string,
): void {
  const named = fault.kind === "link" ? (fault.on ?? []) : fault.groups.flat();
  for (const name of named) findMember(members, name, path);
  const all = members.flatMap(({ node }) => cardsOf(node, networks));
  const cards = cardsWith(fault, all);
  if (cards.length > 0) return requireFaultable(fault, cards, path);
  const valid = [...networks.keys(), ...vlans].join(", ");
  throw invalid({ path: `${path}.network`, value: fault.network, reason: "is no network of these machines", valid });
}

/**
 * A schedule that can be carried out. Pure.
 * @param path of its options, for messages
 * @param members those there are; by default those that are declared
 * @throws DECLARATION_INVALID
 */
export function checkSchedule(
  options: ScheduleOptions,
  path: string,
  plan: Pick<ClusterPlan, "nodes" | "networks" | "vlans">,
  members: readonly Member[] = plan.nodes.map((node) => ({ node })),
): Schedule {
  const schedule = scheduleOf(options, path);
  schedule.from.forEach((fault, index) => {
    checkFault(fault, members, plan, `${path}.from[${index}]`);
  });
  return schedule;
}

/**
 * Filters and partitions are made of VLANs of the switch, which tagged packets pass by, and mirror ports are not on.
 * @param cards that the fault is of
 * @throws DECLARATION_INVALID
 */
export function requireFaultable(
  fault: Pick<Fault, "kind"> & { readonly isDown?: boolean },
  cards: readonly Card[],
  path: string,
): void {
  if (fault.isDown === true) return;
  const trunk = cards.find((card) => card.isTrunk);
  if (trunk) throw refusal(trunk, "passes tagged packets", path);
  const [mirror] = cards;
  // Beside others it is left out: it shows what they send, whatever becomes of that.
  if (mirror && cards.every((card) => card.isMirror)) throw refusal(mirror, "is on a mirror port", path);
}

/**
 * Whether a machine that comes can have the faults that there are. Pure.
 * @throws DECLARATION_INVALID
 */
export function checkNewcomer(node: NodePlan, faults: readonly Fault[], networks: Networks): void {
  const held = faults.filter((fault) => !(fault.kind === "link" && fault.isDown));
  const trunk = cardsOf(node, networks).find(
    (card) => card.isTrunk && held.some((one) => cardsWith(one, [card]).length),
  );
  if (!trunk) return;
  throw invalid({
    path: `nodes.${node.name}.interfaces.${trunk.name}.network`,
    value: trunk.network ?? trunk.vlan,
    reason: "has a fault now that tagged packets would pass by",
    valid: "a network without faults, or this one after `network.heal()`",
  });
}

function refusal({ machine, name }: Card, why: string, path: string): Error {
  return invalid({
    path,
    value: `${name} of ${machine}`,
    reason: `${why}, and only its cable can be pulled`,
    valid: "down, or a fault of other links alone, by the machines that it is `on` or by `network`",
  });
}
