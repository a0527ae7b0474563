import type { CutFault } from "./fault.ts";

/** That `to` does not hear `from`. */
export interface Cut {
  readonly from: string;
  readonly to: string;
}

/**
 * Who does not hear whom because of a fault. Pure.
 * @param all machines of the network
 */
export function cutsOf({ kind, groups }: Pick<CutFault, "kind" | "groups">, all: readonly string[]): Cut[] {
  const [first = [], second = [], third = []] = groups;
  switch (kind) {
    case "partition":
      return groups.flatMap((group, index) => groups.slice(index + 1).flatMap((other) => bothWays(group, other)));
    case "isolate":
      return first.flatMap((machine) =>
        bothWays(
          [machine],
          all.filter((other) => other !== machine),
        ),
      );
    case "cut":
      return oneWay(first, second);
    case "bridge":
      return bothWays(first, third);
    case "majorityRing":
      return ring(first);
  }
}

/** Each hears itself and as many neighbours, after it and before it in turn, as make a majority. */
function ring(machines: readonly string[]): Cut[] {
  const count = machines.length;
  const majority = Math.floor(count / 2) + 1;
  return machines.flatMap((to, index) => {
    const heard = new Set(
      Array.from({ length: majority }, (_, step) => machines[(index + offset(step) + count) % count]),
    );
    return machines.filter((from) => !heard.has(from)).map((from) => ({ from, to }));
  });
}

/** 0, 1, -1, 2, -2, … */
function offset(step: number): number {
  return step % 2 === 1 ? (step + 1) / 2 : -step / 2;
}

function bothWays(some: readonly string[], others: readonly string[]): Cut[] {
  return [...oneWay(some, others), ...oneWay(others, some)];
}

function oneWay(from: readonly string[], to: readonly string[]): Cut[] {
  return from.flatMap((one) => to.map((other) => ({ from: one, to: other })));
}
