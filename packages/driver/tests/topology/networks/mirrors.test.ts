import { describe, expect, it } from "vitest";
import type { NodeDeclaration } from "../../../src/topology/declaration.ts";
import { planCreated } from "../../../src/topology/plan-created.ts";
import { image, message, plan } from "../planning.ts";

const mirror = { network: 1, mirror: true };
const cardsOf = (nodes: Record<string, NodeDeclaration>, name: string) =>
  plan(nodes).nodes.find((node) => node.name === name)?.interfaces;

describe("a mirror port", () => {
  it("has no address, and marks whom it shows", () => {
    const nodes = { a: { vlans: [1, 2] }, probe: { interfaces: { spy: mirror, eth1: { network: 1 } } } };
    expect(cardsOf(nodes, "probe")).toEqual([
      { name: "spy", vlan: 1, mac: "52:54:00:12:01:02", addresses: [], mirror: true },
      // The first card on the network that can have addresses has them.
      {
        name: "eth1",
        vlan: 1,
        mac: "52:54:00:13:01:02",
        addresses: ["192.168.1.2/24", "2001:db8:1::2/64"],
        mirrored: true,
      },
    ]);
    expect(cardsOf(nodes, "a")?.map(({ mirrored }) => mirrored)).toEqual([true, undefined]);
  });

  it("costs nothing where there is none", () => {
    const nodes = { a: {}, b: { interfaces: { eth1: { network: 1, mirror: false } } } };
    expect(JSON.stringify(plan(nodes).nodes)).not.toContain("mirror");
  });

  it("is not what names lead over, nor what a router lets others out by", () => {
    const nodes = {
      probe: { vlans: [2], interfaces: { spy: mirror } },
      server: { vlans: [1, 2] },
      gate: { vlans: [1, 2], interfaces: { spy: { network: 3, mirror: true } }, router: true },
    };
    const [gate, probe] = plan(nodes).nodes;
    // On the network that both are on, and then its first address, which the probe has no way to.
    expect(probe?.hosts).toContain("192.168.2.3 server\n2001:db8:2::3 server\n192.168.1.3 server\n");
    expect(gate?.router).toEqual({ outer: ["eth2"] });
  });

  it.each([
    [{ mirror: 1 }, "nodes.a.interfaces.spy.mirror: 1 is not a choice.\nValid: true, false."],
    [{ mirror: true, addresses: [] }, "nodes.a.interfaces.spy.addresses: [] is of no use to a mirror port"],
    [{ mirror: true, mtu: 1400 }, "nodes.a.interfaces.spy.mtu: 1400 is of no use to a mirror port"],
    [{ mirror: true, tagged: [10] }, "nodes.a.interfaces.spy.tagged: [10] is of no use to a mirror port"],
    [
      { mirror: true, untagged: 10 },
      "spy.untagged: 10 is of no use to a mirror port, which only shows what others send.",
    ],
  ])("%j is refused", (card, expected) => {
    const interfaces = { spy: { network: 1, ...card } } as NodeDeclaration["interfaces"];
    expect(message(() => plan({ a: { interfaces } }))).toContain(expected);
  });

  it("has no way to anywhere", () => {
    const a = { interfaces: { spy: mirror }, routes: [{ to: "default", via: "192.168.1.2" }] };
    expect(message(() => plan({ a }))).toContain("is on none of the machine's networks");
  });
});

describe("a machine that is added", () => {
  const { nodes, vlans, networks } = plan({ a: { vlans: [1, 2] }, probe: { interfaces: { spy: mirror } } });
  const create = (own: NodeDeclaration) =>
    planCreated("late", { image, ...own }, { nodes, vlans, networks, added: 0, taken: [] });

  it("is shown by the mirror ports that there are, and may have another one", () => {
    expect(create({ vlans: [1, 2] }).interfaces.map(({ mirrored }) => mirrored)).toEqual([true, undefined]);
    expect(create({ interfaces: { spy: mirror } }).interfaces).toMatchObject([{ mirror: true, addresses: [] }]);
  });

  it("cannot have the first one", () => {
    expect(message(() => create({ interfaces: { spy: { network: 2, mirror: true } } }))).toBe(
      "DECLARATION_INVALID: nodes.late.interfaces.spy.mirror: 2 is a network that nobody mirrors so far.\n" +
        "Valid: VLANs that a machine of `nodes` has a mirror port of: 1.",
    );
  });
});
