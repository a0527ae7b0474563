import type { Topology, TopologyMachine } from "../topology.ts";

/** Machines that are on the same networks, and stand together. */
export interface Block {
  readonly machines: readonly TopologyMachine[];
  /** Places of their networks in the order from above, ascending; none for machines without a network. */
  readonly places: readonly number[];
}

/** From above: below the first of their networks. Those on most networks first, which are nearest to the left. */
export function blocksOf({ machines }: Topology, order: readonly number[]): Block[] {
  const blocks = new Map<string, { machines: TopologyMachine[]; places: number[] }>();
  for (const machine of machines) {
    const vlans = new Set(machine.cards.flatMap(({ vlan }) => vlan ?? []));
    const places = [...vlans].map((vlan) => order.indexOf(vlan)).sort((a, b) => a - b);
    const key = places.join();
    const block = blocks.get(key);
    if (block) block.machines.push(machine);
    else blocks.set(key, { machines: [machine], places });
  }
  return [...blocks.values()].sort((a, b) => first(a) - first(b) || span(b) - span(a));
}

/** The network that a block stands below; those without a network stand below all. */
export function first({ places }: Block): number {
  return places[0] ?? Infinity;
}

/** How many networks a block's lines lead past, its own included. */
function span({ places }: Block): number {
  return (places.at(-1) ?? 0) - (places[0] ?? 0);
}
