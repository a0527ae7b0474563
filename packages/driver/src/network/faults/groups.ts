import type { Passes } from "../crossbar/forwarding.ts";
import type { Cut } from "./cuts.ts";

export interface Groups {
  /** By machine; in group 0 are those that nothing is cut for, if there are any. */
  readonly groupOf: ReadonlyMap<string, number>;
  readonly count: number;
  /** Which group is heard by which; undefined where none hears another. */
  readonly passes: Passes | undefined;
}

/**
 * The fewest groups of machines that say who hears whom: those of one hear each other, and are alike towards all others. Pure.
 */
export function groupsOf(machines: readonly string[], cuts: readonly Cut[]): Groups {
  const cutPairs = new Set(cuts.map(({ from, to }) => pair(from, to)));
  const hears = (to: string, from: string): boolean => !cutPairs.has(pair(from, to));
  const alike = (one: string, other: string): boolean =>
    hears(one, other) &&
    hears(other, one) &&
    machines.every(
      (third) =>
        [one, other].includes(third) ||
        (hears(one, third) === hears(other, third) && hears(third, one) === hears(third, other)),
    );
  const untouched = (machine: string): boolean =>
    machines.every((other) => hears(machine, other) && hears(other, machine));
  const groups: string[][] = [machines.filter(untouched)];
  for (const machine of machines.filter((one) => !untouched(one))) {
    const group = groups.slice(1).find(([first]) => first !== undefined && alike(first, machine));
    if (group) group.push(machine);
    else groups.push([machine]);
  }
  const groupOf = new Map(groups.flatMap((group, index) => group.map((machine) => [machine, index] as const)));
  const passes = groups.map(([from]) =>
    groups.map(([to]) => from !== to && from !== undefined && to !== undefined && hears(to, from)),
  );
  return { groupOf, count: groups.length, passes: passes.flat().includes(true) ? passes : undefined };
}

function pair(from: string, to: string): string {
  return `${from}>${to}`;
}
