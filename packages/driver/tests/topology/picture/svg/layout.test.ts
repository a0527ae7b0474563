import fc from "fast-check";
import { expect, it } from "vitest";
import type { Drawing, Label, Rectangle } from "../../../../src/topology/picture/svg/drawing.ts";
import { layOut } from "../../../../src/topology/picture/svg/layout.ts";
import { textWidth } from "../../../../src/topology/picture/svg/text.ts";
import type { Topology } from "../../../../src/topology/picture/topology.ts";
import { office, topologyOf } from "../plans.ts";

/** Up to 64 machines on up to 10 networks, each on any number of them, with names of any length. */
const anyTopology = fc
  .array(fc.record({ name: fc.integer({ min: 0, max: 25 }), hasOwnPrefix: fc.boolean() }), { maxLength: 10 })
  .map((networks) => networks.map(({ name, ...rest }, index) => ({ name: `n${index}${"x".repeat(name)}`, ...rest })))
  .chain((networks) => {
    const machine = fc.record({
      length: fc.integer({ min: 0, max: 60 }),
      vlans: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.subarray(
            networks.map(({ name }) => name),
            { maxLength: Math.min(2, networks.length) },
          ),
        },
        { weight: 1, arbitrary: fc.shuffledSubarray(networks.map(({ name }) => name)) },
      ),
      forwarding: fc.boolean(),
      userNetwork: fc.boolean(),
    });
    return fc.array(machine, { minLength: 1, maxLength: 64 }).map((machines) =>
      topologyOf({
        networks: Object.fromEntries(
          networks.map(({ name, hasOwnPrefix }) => [name, hasOwnPrefix ? { ipv6: "fd00:aaaa:bbbb:cccc::/64" } : {}]),
        ),
        nodes: Object.fromEntries(
          machines.map(({ length, ...rest }, index) => [`m${index}${"a".repeat(length)}`, rest]),
        ),
      }),
    );
  });

it.each([
  ["a router between two networks", office],
  ["64 machines on one network", topologyOf({ nodes: manyMachines(64, () => ({})) })],
  ["64 machines on two networks each", topologyOf({ nodes: manyMachines(64, () => ({ vlans: [1, 2] })) })],
  [
    "a ring of routers",
    topologyOf({ nodes: manyMachines(10, (i) => ({ vlans: [i + 1, ((i + 1) % 10) + 1], forwarding: true })) }),
  ],
  ["machines without a network", topologyOf({ nodes: manyMachines(3, () => ({ vlans: [] })) })],
])("%s is laid out well", (_name, topology) => expectGoodLayout(topology));

it("any cluster is laid out well", () => {
  fc.assert(fc.property(anyTopology, expectGoodLayout), { numRuns: 100 });
});

function expectGoodLayout(topology: Topology): void {
  const drawing = layOut(topology);
  expectEverythingOnce(topology, drawing);
  expectNothingOverlaps(drawing);
  expectTextsInPlace(drawing);
  expectCardsJoined(drawing);
}

function expectEverythingOnce({ machines, networks }: Topology, { boxes, bars }: Drawing): void {
  expect(boxes.map(({ machine }) => machine.name).sort()).toEqual(machines.map(({ name }) => name).sort());
  expect(bars.map(({ network }) => network.vlan).sort()).toEqual(networks.map(({ vlan }) => vlan).sort());
}

function expectNothingOverlaps(drawing: Drawing): void {
  const all = rooms(drawing);
  const whole = { x: 0, y: 0, width: drawing.width, height: drawing.height };
  expect(all.filter((one) => !isInside(one, whole))).toEqual([]);
  expect(overlaps(all)).toEqual([]);
}

function expectTextsInPlace({ boxes, bars }: Drawing): void {
  const signs = bars.map(({ sign, labels }) => ({ ...sign, labels }));
  for (const room of [...boxes, ...signs]) {
    const places = room.labels.map(placeOf);
    expect(places.filter((place) => !isInside(place, room))).toEqual([]);
    expect(overlaps(places)).toEqual([]);
  }
}

/** By lines that cross no machine and no sign. */
function expectCardsJoined(drawing: Drawing): void {
  const { boxes, bars, wires } = drawing;
  for (const { machine, ports } of boxes) {
    for (const [index, { vlan }] of machine.cards.entries()) {
      const bar = bars.find(({ network }) => network.vlan === vlan);
      if (!bar) continue;
      const { x, y } = ports[index]!;
      const wire = wires.find(
        (one) => one.bar === bar.y && one.branches.some((branch) => branch.y === y && branch.to === x),
      );
      expect(wire?.color).toBe(bar.color);
      expect(bar.to).toBeGreaterThanOrEqual(wire!.x);
    }
  }
  for (const { x, bar, end, branches } of wires) {
    const lines: Rectangle[] = [
      { x, y: Math.min(bar, end), width: 0, height: Math.abs(bar - end) },
      ...branches.map(({ y, to }) => ({ x, y, width: to - x, height: 0 })),
    ];
    expect(rooms(drawing).filter((room) => lines.some((line) => overlap(line, room)))).toEqual([]);
  }
}

function rooms({ boxes, bars }: Drawing): Rectangle[] {
  return [...boxes, ...bars.map(({ sign }) => sign)];
}

function overlaps(all: readonly Rectangle[]): unknown[] {
  return all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => (overlap(one, other) ? [[one, other]] : [])),
  );
}

function manyMachines(count: number, declare: (index: number) => object): Record<string, object> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, declare(index)]));
}

function placeOf({ x, y, text, size }: Label): Rectangle {
  return { x, y: y - size * 0.8, width: textWidth(text, size), height: size };
}

/** Whether two have a point in common that is on the edge of neither. */
function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function isInside(inner: Rectangle, outer: Rectangle): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}
