import { describe, expect, it } from "vitest";
import type { ClusterDeclaration } from "../../../src/topology/declaration.ts";
import { configurationOf } from "../../../src/topology/guest-configuration.ts";
import { planCreated } from "../../../src/topology/plan-created.ts";
import { planCluster } from "../../../src/topology/plan-cluster.ts";
import type { ClusterPlan } from "../../../src/topology/plan.ts";
import { anImage } from "../an-image.ts";

const plan = (declaration: object): ClusterPlan =>
  planCluster({ defaults: { image: anImage() }, ...declaration } as ClusterDeclaration);
const lan = { ipv4: "10.1.0.0/24", dhcp: true };
const nodeOf = (declaration: object, name: string) => {
  const node = plan(declaration).nodes.find((one) => one.name === name);
  if (!node) throw new Error(name);
  return node;
};

describe("a network with dhcp", () => {
  it("has a server that gives each card the address that it has in the plan", () => {
    const nodes = {
      a: { vlans: ["lan"] },
      b: { interfaces: { eth1: { network: "lan", addresses: ["10.1.0.50/24", "fd00::2/64"] } } },
      c: { interfaces: { eth1: { network: "lan", dhcp: false }, eth2: { network: "lan" } } },
    };
    const { dhcp, nodes: planned } = plan({ networks: { lan: { ...lan, mtu: 1400 }, unused: { dhcp: true } }, nodes });
    expect(dhcp).toHaveLength(1);
    expect(dhcp?.[0]).toMatchObject({
      ...{ vlan: 1, mac: "52:54:00:12:01:ff", address: "10.1.0.254", length: 24, mtu: 1400 },
      leases: { "52:54:00:12:01:01": "10.1.0.1", "52:54:00:12:01:02": "10.1.0.50" },
      range: ["10.1.0.128", "10.1.0.254"],
      taken: ["10.1.0.3"],
    });
    expect(dhcp?.[0]?.leases).not.toHaveProperty("52:54:00:12:01:03");
    const asking = planned.map(({ interfaces }) => interfaces.map((card) => card.dhcp));
    // A second card on a network has no address, and asks for none.
    expect(asking).toEqual([[true], [true], [undefined, undefined]]);
    expect(planned[0]?.hosts).toContain("10.1.0.50 b\n");
  });

  it("leaves to machines what is not asked for: IPv6, and the ways that do not begin with it", () => {
    const routes = [
      { to: "default", via: "10.1.0.2" },
      { to: "default", via: "2001:db8:1::2" },
    ];
    const node = nodeOf({ networks: { lan }, nodes: { a: { vlans: ["lan"], routes } } }, "a");
    expect(configurationOf(node)).toMatchObject({
      interfaces: [{ name: "eth1", addresses: ["2001:db8:1::1/64"] }],
      routes: [routes[1]],
    });
    expect(configurationOf(node, true)).toMatchObject({ interfaces: [{ addresses: ["2001:db8:1::1/64"] }], routes });
  });

  it("tells of the router that it is inside of, or of who is named", () => {
    const nodes = { a: { vlans: ["lan"] }, gate: { vlans: ["lan", "wan"], router: true } };
    const serverOf = (dhcp: unknown, more: object = {}) =>
      plan({ networks: { lan: { ...lan, dhcp }, wan: {} }, nodes: { ...nodes, ...more } }).dhcp?.[0];
    expect(serverOf(true)?.router).toBe("10.1.0.2");
    expect(serverOf(true, { second: { vlans: ["lan", "wan"], router: true } })).not.toHaveProperty("router");
    expect(serverOf({ router: false })).not.toHaveProperty("router");
    expect(serverOf({ router: "a", dns: "gate" })).toMatchObject({ router: "10.1.0.1", dns: "10.1.0.2" });
    expect(serverOf({ router: "10.1.0.9", dns: "203.0.113.1" })).toMatchObject({
      router: "10.1.0.9",
      dns: "203.0.113.1",
    });
    const outside = { networks: { lan: {}, wan: { dhcp: true } }, nodes };
    expect(plan(outside).dhcp?.[0]).not.toHaveProperty("router");
  });

  it("keeps addresses apart: the server's, those of cards, and the range", () => {
    const serverOf = (dhcp: unknown, ipv4: string, addresses: string[]) =>
      plan({ networks: { lan: { ipv4, dhcp } }, nodes: { a: { interfaces: { eth1: { network: "lan", addresses } } } } })
        .dhcp?.[0];
    expect(serverOf(true, "10.0.0.8/29", ["10.0.0.14/29"])).toMatchObject({
      address: "10.0.0.13",
      range: ["10.0.0.12", "10.0.0.14"],
    });
    const range = ["10.0.0.20", "10.0.0.30"];
    expect(serverOf({ range }, "10.0.0.0/8", ["10.0.0.1/8"])).toMatchObject({ range, address: "10.255.255.254" });
  });

  it("knows the cards of machines that are added while it runs", () => {
    const running = plan({ networks: { lan }, nodes: { a: { vlans: ["lan"] } } });
    const neighbours = { ...running, added: 0, taken: [] };
    const image = anImage();
    const added = planCreated("b", { image, vlans: ["lan"] }, neighbours);
    expect(running.dhcp?.[0]?.leases[added.interfaces[0]?.mac ?? ""]).toBe("10.1.0.2");
    const own = { network: "lan", addresses: ["10.1.0.9/24"] };
    expect(() => planCreated("b", { image, interfaces: { eth1: own } }, neighbours)).toThrow(
      'nodes.b.interfaces.eth1: "10.1.0.9" is not what the network\'s DHCP server, which runs already, has for it.\nValid: 10.1.0.2, or dhcp: false for this card.',
    );
    expect(
      planCreated("b", { image, interfaces: { eth1: { ...own, dhcp: false } } }, neighbours).interfaces,
    ).toHaveLength(1);
  });

  const one = { a: { vlans: ["lan"] } };
  it.each([
    [
      { dhcp: "yes" },
      {},
      'networks.lan.dhcp: "yes" is not a choice.\nValid: true, false, or an object with router, dns, range.',
    ],
    [{ dhcp: { lease: 1 } }, {}, 'networks.lan.dhcp: "lease" is not an option.\nValid: router, dns, range.'],
    [{ ipv4: false, dhcp: true }, {}, "networks.lan.dhcp: true is for IPv4, which the network does not have."],
    [{ ipv4: "10.0.0.0/30", dhcp: true }, {}, 'networks.lan.dhcp: "10.0.0.0/30" has no room for a DHCP server.'],
    [{ dhcp: { router: 1 } }, {}, "networks.lan.dhcp.router: 1 is no machine and no address."],
    [{ dhcp: { router: "b" } }, {}, 'networks.lan.dhcp.router: "b" is neither a machine nor an IPv4 address.'],
    [{ dhcp: { router: "10.9.9.9" } }, {}, 'networks.lan.dhcp.router: "10.9.9.9" is not on the network.'],
    [{ dhcp: { dns: "fd00::1" } }, {}, 'networks.lan.dhcp.dns: "fd00::1" is neither a machine nor an IPv4 address.'],
    [{ dhcp: { range: ["192.168.1.9"] } }, {}, 'networks.lan.dhcp.range: ["192.168.1.9"] is not a range of addresses.'],
    [
      { dhcp: { range: ["192.168.1.9", "192.168.1.3"] } },
      {},
      "Valid: from the lower to the higher, within 192.168.1.1 to 192.168.1.254.",
    ],
    [{ dhcp: { range: ["192.168.1.9", "192.168.1.255"] } }, {}, "is no range of its network's addresses"],
    [
      { dhcp: true },
      { eth1: { network: "lan", untagged: 10 } },
      "nodes.a.interfaces.eth1.untagged: 10 is an 802.1Q VLAN, and the DHCP server of the network is in none.",
    ],
    [
      { dhcp: true },
      { eth1: { network: "lan", addresses: ["10.0.0.1/8"] } },
      "Valid: one IPv4 address in 192.168.1.0/24, with its length, or dhcp: false for this card.",
    ],
    [
      { dhcp: true },
      { eth1: { network: "lan", addresses: ["192.168.1.1/24", "192.168.1.9/24"] } },
      "are not what DHCP can give it",
    ],
    [{ dhcp: true }, { eth1: { network: "lan", dhcp: 1 } }, "nodes.a.interfaces.eth1.dhcp: 1 is not a choice."],
    [
      {},
      { eth1: { network: "lan", dhcp: true, addresses: ["10.0.0.1/8"] } },
      'nodes.a.interfaces.eth1.addresses: ["10.0.0.1/8"] cannot be: the card asks for its address.',
    ],
  ])("%j with cards %j is refused", (network, interfaces, message) => {
    const nodes = Object.keys(interfaces).length > 0 ? { a: { interfaces } } : one;
    expect(() => plan({ networks: { lan: network }, nodes })).toThrow(message);
  });
});

describe("a card that asks on a network without", () => {
  it("has no IPv4 address that anybody knows", () => {
    const node = nodeOf({ nodes: { a: { interfaces: { eth1: { network: 1, dhcp: true } } }, b: {} } }, "a");
    expect(node.interfaces).toMatchObject([{ addresses: ["2001:db8:1::1/64"], dhcp: true }]);
    expect(node.hosts).not.toContain("192.168.1.1");
  });
});
