import { tiny } from "@vitest-machines/images";
import { describe, expect, it } from "vitest";
import type { ClusterDeclaration } from "../../../src/topology/declaration.ts";
import { routerRules } from "../../../src/topology/networks/router.ts";
import { planCluster } from "../../../src/topology/plan-cluster.ts";
import { anImage } from "../an-image.ts";

const plan = (declaration: object) =>
  planCluster({ defaults: { image: anImage() }, ...declaration } as ClusterDeclaration);
const cards = (declaration: object, name: string) =>
  plan(declaration)
    .nodes.find((node) => node.name === name)
    ?.interfaces.map((card) => ({ ...card }));

describe("networks with names", () => {
  it("take the lowest VLANs that nobody calls by number, in order of their names", () => {
    const declaration = {
      networks: { wan: {}, lan: {}, dmz: { vlan: 7 } },
      nodes: { a: { vlans: ["wan", "lan", 1, "dmz"] } },
    };
    expect(cards(declaration, "a")).toMatchObject([
      { name: "eth1", vlan: 3, addresses: ["192.168.3.1/24", "2001:db8:3::1/64"] },
      { name: "eth2", vlan: 2 },
      { name: "eth3", vlan: 1 },
      { name: "eth4", vlan: 7 },
    ]);
    expect(plan(declaration).vlans).toEqual([1, 2, 3, 7]);
  });

  it("have addresses and an MTU of their own", () => {
    const networks = {
      wan: { ipv4: "203.0.113.0/24", ipv6: false, mtu: 1400 },
      six: { ipv4: false, ipv6: "fd00:6::/48" },
    };
    const declaration = { networks, nodes: { a: {}, b: { vlans: ["wan", "six"] } } };
    expect(cards(declaration, "b")).toMatchObject([
      { addresses: ["203.0.113.2/24"], mtu: 1400 },
      { addresses: ["fd00:6::2/48"] },
    ]);
  });

  it.each([
    [{ networks: [] }, "networks: [] is not an object"],
    [{ networks: { "1": {} } }, 'networks: "1" is not a name for a network'],
    [{ networks: { a: { mask: 1 } } }, 'networks.a: "mask" is not an option'],
    [{ networks: { a: { vlan: 0 } } }, "networks.a.vlan: 0 is not a VLAN"],
    [{ networks: { a: { vlan: 3 }, b: { vlan: 3 } } }, 'networks.b.vlan: 3 is the VLAN of network "a" too'],
    [{ networks: { a: { ipv4: "10.0.0.0" } } }, 'networks.a.ipv4: "10.0.0.0" is not an IPv4 network'],
    [{ networks: { a: { ipv6: "10.0.0.0/8" } } }, 'networks.a.ipv6: "10.0.0.0/8" is not an IPv6 network'],
    [{ networks: { a: { mtu: 9000 } } }, "networks.a.mtu: 9000 is not an MTU"],
    [
      { networks: { a: { ipv4: "10.0.0.0/30" } }, nodes: { a: {}, b: {}, c: { vlans: ["a"] } } },
      "has no room for machine 3",
    ],
    [{ nodes: { a: { vlans: ["lan"] } } }, 'nodes.a.vlans[0]: "lan" is no network of the cluster'],
    [{ networks: { lan: {} }, nodes: { a: { vlans: ["wan"] } } }, "Valid: lan."],
  ])("%j is refused", (more, message) => {
    expect(() => plan({ nodes: { a: {} }, ...more })).toThrow(message);
  });
});

describe("cards with names", () => {
  it("are all that a machine has, unless it says its VLANs too", () => {
    const lan = { network: "lan", addresses: ["10.0.0.1/8", "fd00::1/64"], mtu: 1300 };
    const declaration = {
      networks: { lan: {} },
      nodes: { a: { interfaces: { lan } }, b: { vlans: [5], interfaces: { lan: { network: 5 } } } },
    };
    expect(cards(declaration, "a")).toEqual([
      { name: "lan", vlan: 1, mac: "52:54:00:12:01:01", addresses: ["10.0.0.1/8", "fd00::1/64"], mtu: 1300 },
    ]);
    expect(cards(declaration, "b")).toEqual([
      { name: "eth1", vlan: 5, mac: "52:54:00:12:05:02", addresses: ["192.168.5.2/24", "2001:db8:5::2/64"] },
      { name: "lan", vlan: 5, mac: "52:54:00:13:05:02", addresses: [] },
    ]);
  });

  it("are known to the others by the addresses that they have", () => {
    const nodes = { a: { interfaces: { lan: { network: 1, addresses: ["10.0.0.1/8"] } } }, b: {} };
    expect(plan({ nodes }).nodes[1]?.hosts).toContain("\n10.0.0.1 a\n");
  });

  it("are in 802.1Q VLANs of their network, and by name only those are neighbours whose untagged frames they hear", () => {
    const declaration = {
      nodes: {
        a: { interfaces: { eth1: { network: 1, untagged: 10 } } },
        b: { interfaces: { eth1: { network: 2 }, eth2: { network: 1, untagged: 10 } } },
        c: { interfaces: { eth1: { network: 3 }, eth2: { network: 1, untagged: 20, tagged: [30, 10] } } },
      },
    };
    expect(cards(declaration, "c")?.[1]).toMatchObject({ name: "eth2", vlan: 1, untagged: 20, tagged: [10, 30] });
    const hosts = plan(declaration).nodes[0]?.hosts;
    expect(hosts).toContain("192.168.1.2 b\n");
    expect(hosts).not.toContain("192.168.1.3 c\n");
  });

  it.each([
    [{ interfaces: [] }, "nodes.a.interfaces: [] is not an object"],
    [{ interfaces: { lo: { network: 1 } } }, 'nodes.a.interfaces: "lo" is not a name for a card'],
    [{ vlans: [1], interfaces: { eth1: { network: 2 } } }, '"eth1" is the name of another card'],
    [{ userNetwork: true, interfaces: { eth0: { network: 2 } } }, '"eth0" is the name of another card'],
    [{ interfaces: { lan: {} } }, "nodes.a.interfaces.lan.network: undefined is not a VLAN"],
    [{ interfaces: { lan: { network: 1, addresses: ["10.0.0.1"] } } }, "interfaces.lan.addresses[0]"],
    [{ interfaces: { lan: { network: 1, mask: 8 } } }, 'nodes.a.interfaces.lan: "mask" is not an option'],
    [
      { interfaces: { lan: { network: 1, tagged: 10 } } },
      "nodes.a.interfaces.lan.tagged: 10 is not a list of 802.1Q VLANs",
    ],
    [{ interfaces: { lan: { network: 1, tagged: [10, 3000] } } }, "lan.tagged[1]: 3000 is not an 802.1Q VLAN"],
    [{ interfaces: { lan: { network: 1, tagged: [10, 10] } } }, "lan.tagged[1]: 10 is in the list twice"],
    [{ interfaces: { lan: { network: 1, untagged: 0 } } }, "Valid: whole numbers from 1 to 2999."],
    [
      { interfaces: { lan: { network: 1, tagged: [10], untagged: 10 } } },
      "lan.tagged[0]: 10 is the VLAN of the untagged frames, too",
    ],
    [{ forwarding: "yes" }, 'nodes.a.forwarding: "yes" is not a choice'],
    [{ routes: {} }, "nodes.a.routes: {} is not a list of routes"],
    [{ routes: [{ to: "10.0.0.0", via: "192.168.1.2" }] }, 'nodes.a.routes[0].to: "10.0.0.0" is not a network'],
    [{ routes: [{ to: "default", via: "b" }] }, 'nodes.a.routes[0].via: "b" is not an address'],
    [{ routes: [{ to: "::/0", via: "192.168.1.2" }] }, "is of another kind than its network"],
    [{ routes: [{ to: "default", via: "10.0.0.1" }] }, "Valid: addresses in 192.168.1.1/24."],
  ])("%j are refused", (a, message) => {
    expect(() => plan({ nodes: { a } })).toThrow(message);
  });
});

it("routes go by machines on a machine's own networks", () => {
  const routes = [
    { to: "default", via: "192.168.1.2" },
    { to: "fd00::/8", via: "2001:db8:1::2" },
  ];
  expect(plan({ nodes: { a: { routes, forwarding: true } } }).nodes[0]).toMatchObject({ routes, forwarding: true });
});

describe("a router", () => {
  const networks = { lan: {}, wan: { ipv4: "203.0.113.0/24" }, dmz: { vlan: 9 } };
  const routerOf = (a: object) => plan({ networks, nodes: { a } }).nodes[0];

  it.each([
    ["its last network", { vlans: ["lan", "wan"], router: true }, ["eth2"]],
    [
      "the way to everywhere",
      { vlans: ["wan", "lan"], routes: [{ to: "default", via: "203.0.113.254" }], router: true },
      ["eth1"],
    ],
    ["the way to the internet", { internet: true, vlans: ["lan"], router: true }, ["eth0"]],
    ["a network by name", { vlans: ["wan", "lan"], router: { outer: "wan" } }, ["eth1"]],
    ["a network by number", { vlans: ["wan", "dmz"], router: { outer: 9 } }, ["eth2"]],
    [
      "cards and networks",
      {
        userNetwork: true,
        vlans: ["wan"],
        interfaces: { up: { network: "lan" } },
        router: { outer: ["eth0", "lan", "up"] },
      },
      ["eth0", "up"],
    ],
  ])("lets packets out by %s", (_what, declaration, outer) => {
    expect(routerOf(declaration)).toMatchObject({ router: { outer }, forwarding: true });
  });

  it("tells its packet filter so, and is none unless it says so", () => {
    expect(routerRules({ outer: ["eth0", "up"] })).toContain('oifname { "eth0", "up" } masquerade');
    expect(routerOf({ vlans: ["lan", "wan"], router: false })).not.toHaveProperty("router");
  });

  it.each([
    [{ router: true }, "nodes.a.router: true is nothing that a machine with one network can be"],
    [{ vlans: [], router: true }, "a machine with no network"],
    [{ router: "wan" }, 'nodes.a.router: "wan" is not a choice.\nValid: true, false, { outer: "wan" }.'],
    [{ router: { nat: 1 } }, 'nodes.a.router: "nat" is not an option'],
    [{ router: { outer: "wan" } }, 'nodes.a.router.outer: "wan" is neither a card of the machine nor a network'],
    [
      { vlans: ["lan", "wan"], router: true, image: tiny() },
      "nodes.a.router: true needs nft, which tiny does not have.\nValid: images with it",
    ],
  ])("%j is refused", (a, message) => {
    expect(() => routerOf(a)).toThrow(message);
  });
});
