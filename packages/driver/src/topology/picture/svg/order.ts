import type { Topology } from "../topology.ts";

/**
 * VLANs from the upper end of a picture to the lower: so that machines on several networks have these close to each other.
 * Neighbours change places, from the order by number on, for as long as that shortens what leads from one to the other.
 */
export function orderNetworks({ networks, machines }: Topology): number[] {
  const order = networks.map(({ vlan }) => vlan);
  const joined = machines
    .map(({ cards }) => cards.flatMap(({ vlan }) => vlan ?? []))
    .filter(({ length }) => length > 1);
  let length = lengthOf(joined, order);
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (let upper = 0; upper < order.length - 1; upper++) {
      swap(order, upper);
      const changed = lengthOf(joined, order);
      if (changed < length) {
        length = changed;
        hasChanged = true;
      } else swap(order, upper);
    }
  }
  return order;
}

function lengthOf(joined: readonly (readonly number[])[], order: readonly number[]): number {
  const places = new Map(order.map((vlan, place) => [vlan, place]));
  return joined.reduce((sum, vlans) => {
    const own = vlans.map((vlan) => places.get(vlan) ?? 0);
    return sum + Math.max(...own) - Math.min(...own);
  }, 0);
}

function swap(order: number[], upper: number): void {
  [order[upper], order[upper + 1]] = [order[upper + 1] ?? 0, order[upper] ?? 0];
}
