import { describe, expect, it } from "vitest";
import { cutsOf, type Cut } from "../../../src/network/faults/cuts.ts";
import { fault, type CutFault } from "../../../src/network/faults/fault.ts";
import { groupsOf } from "../../../src/network/faults/groups.ts";

const machines = ["a", "b", "c", "d", "e"];
const text = (cuts: readonly Cut[]): string[] => cuts.map(({ from, to }) => `${from}>${to}`).sort();

/** Who does not hear whom, by what a switch and a crossbar would do. */
function outcome(cuts: readonly Cut[], all: readonly string[]): string[] {
  const { groupOf, passes } = groupsOf(all, cuts);
  const pairs = all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to })));
  return text(
    pairs.filter(({ from, to }) => {
      const [source, target] = [groupOf.get(from) ?? -1, groupOf.get(to) ?? -1];
      return source !== target && passes?.[source]?.[target] !== true;
    }),
  );
}

describe("the pairs that a fault cuts", () => {
  it.each<[string, CutFault, string]>([
    ["a partition, and nobody else", fault.partition([["a", "b"], ["c"]]), "a>c b>c c>a c>b"],
    ["an isolated machine", fault.isolate("a"), "a>b a>c a>d a>e b>a c>a d>a e>a"],
    ["one way", fault.cut({ from: "a", to: ["b", "c"] }), "a>b a>c"],
    ["a bridge", fault.bridge({ left: ["a", "b"], between: ["c"], right: ["d"] }), "a>d b>d d>a d>b"],
    ["a ring", fault.majorityRing(machines), "a>c a>d b>d b>e c>a c>e d>a d>b e>b e>c"],
  ])("%s", (_case, { kind, groups }, expected) => {
    const cuts = cutsOf({ kind, groups }, machines);
    expect(text(cuts).join(" ")).toBe(expected);
    expect(outcome(cuts, machines)).toEqual(text(cuts));
  });

  it.each([3, 4, 5, 6, 7])("leave each of %i machines of a ring a majority, and no two the same one", (count) => {
    const all = Array.from({ length: count }, (_, index) => `m${index}`);
    const cuts = cutsOf({ kind: "majorityRing", groups: [all] }, all);
    const heard = all.map((to) => all.filter((from) => !cuts.some((cut) => cut.from === from && cut.to === to)));
    for (const one of heard) expect(one.length).toBe(Math.floor(count / 2) + 1);
    expect(new Set(heard.map((one) => one.join())).size).toBe(count);
  });
});

describe("groups", () => {
  it("are as few as can be, and need nothing between them where they are wholly apart", () => {
    const all = ["a", "b", "c"];
    const { count, passes, groupOf } = groupsOf(all, cutsOf({ kind: "partition", groups: [["a", "b"], ["c"]] }, all));
    expect(groupOf.get("a")).toBe(groupOf.get("b"));
    expect([count, passes]).toEqual([3, undefined]);
    expect(groupsOf(all, [])).toMatchObject({ count: 1, passes: undefined });
  });

  it("say exactly what was cut, whatever it was", () => {
    let state = 1;
    const draw = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 300; round++) {
      const share = draw();
      const cuts = machines.flatMap((from) =>
        machines.filter((to) => to !== from && draw() < share).map((to) => ({ from, to })),
      );
      expect(outcome(cuts, machines)).toEqual(text(cuts));
    }
  });
});
