import { expect, it } from "vitest";
import { describeFault } from "../../../src/network/faults/describe.ts";
import { isDown, wantedOf, type Card } from "../../../src/network/faults/effective.ts";
import { fault, type Fault } from "../../../src/network/faults/fault.ts";

const card = (machine: string, port: number, vlan: number, network?: string): Card => ({
  ...{ machine, port, vlan, network, home: 0, isTrunk: false, isMirror: false },
  index: vlan - 1,
  name: `eth${vlan}`,
});
const cards = [card("a", 1, 1, "lan"), card("b", 2, 1, "lan"), card("a", 1, 2), card("c", 3, 2)];

it("nothing is to be done where nothing is wrong", () => {
  expect(wantedOf(1, cards, [])).toEqual({
    links: [1, 2].map((port) => ({ port, home: 0, group: 0, in: undefined, out: undefined })),
    segments: [{ home: 0, groups: 1, passes: undefined }],
  });
});

it("faults meet the links that they speak of, and the later one counts", () => {
  const faults = [
    fault.loss("10%"),
    fault.link({ loss: "20%", delay: "5ms" }, { on: "a", direction: "in" }),
    fault.rate("1mbit", { on: "a", network: 2 }),
  ];
  const [a, b] = wantedOf(1, cards, faults).links;
  expect(a).toMatchObject({ in: { loss: 20, delayMs: 5, rate: 0 }, out: { loss: 10, delayMs: 0 } });
  expect(b).toMatchObject({ in: { loss: 10, delayMs: 0 }, out: { loss: 10 } });
  expect(wantedOf(2, cards, faults).links[0]).toMatchObject({ in: { loss: 20, rate: 125_000 } });
});

it("what two faults come to counts as far as it goes", () => {
  const faults = [fault.delay("50ms", { jitter: "40ms" }), fault.delay("10ms")];
  expect(wantedOf(1, cards, faults).links[0]?.in).toMatchObject({ delayMs: 10, jitterMs: 40 });
});

it("a value that was taken back needs no filter", () => {
  expect(wantedOf(1, cards, [fault.loss("0%"), fault.link({})]).links[0]).toMatchObject({
    in: undefined,
    out: undefined,
  });
});

it("partitions are of all networks, or of one", () => {
  const everywhere = fault.partition([["a"], ["b", "c"]]);
  expect([1, 2].map((vlan) => wantedOf(vlan, cards, [everywhere]).segments[0]?.groups)).toEqual([3, 3]);
  const there = fault.partition([["a"], ["b", "c"]], { network: "lan" });
  expect([1, 2].map((vlan) => wantedOf(vlan, cards, [there]).segments[0]?.groups)).toEqual([3, 1]);
});

it("cables are out where they are said to be", () => {
  const faults = [fault.down({ on: ["a"], network: "lan" })];
  expect(cards.map((one) => isDown(one, faults))).toEqual([true, false, false, false]);
});

it.each<[Fault, string]>([
  [
    fault.loss("10%", { burst: 4, on: "a", network: "lan", direction: "in" }),
    "loss 10%, burst 4, what comes to a on lan",
  ],
  [fault.delay("5ms", { jitter: "1ms", reorder: true }), "delay 5ms, jitter 1ms, reorder, link of every machine"],
  [fault.down({ on: ["a", "b"] }), "cable out, link of a, b"],
  [fault.partition([["a", "b"], ["c"]]), "partition: a, b | c"],
  [fault.cut({ from: "a", to: "b", network: 2 }), "cut: b without what a sends on 2"],
])("is told in a line", (value, line) => {
  expect(describeFault(value)).toBe(line);
});

it("a DHCP server is like a machine in no group", () => {
  const groupsOf = (one: Fault) =>
    Object.fromEntries(wantedOf(1, cards, [one], true).links.map(({ port, group }) => [port, group]));
  const apart = wantedOf(1, cards, [fault.partition([["a"], ["b"]])], true);
  expect(apart.segments).toEqual([
    {
      ...{ home: 0, groups: 3 },
      passes: [
        [false, true, true],
        [true, false, false],
        [true, false, false],
      ],
    },
  ]);
  expect(groupsOf(fault.partition([["a"], ["b"]]))).toEqual({ 1: 1, 2: 2, 255: 0 });
  const { 1: a, 2: b, 255: server } = groupsOf(fault.isolate("a"));
  expect([server === b, server === a]).toEqual([true, false]);
  expect(wantedOf(1, cards, [fault.loss("10%")], true).links.at(-1)).toMatchObject({
    port: 255,
    in: undefined,
    out: undefined,
  });
});
