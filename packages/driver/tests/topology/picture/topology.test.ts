import { expect, it } from "vitest";
import { networkDetails } from "../../../src/topology/picture/words.ts";
import { office, topologyOf } from "./plans.ts";

it("has machines with what they are made of, and networks with their prefixes", () => {
  expect(office).toEqual({
    name: "an office",
    machines: [
      {
        name: "client",
        image: "unbootable",
        memoryMiB: 128,
        cpus: 1,
        disks: 0,
        isRouter: false,
        cards: [
          {
            name: "eth0",
            vlan: undefined,
            mac: "52:54:00:12:00:01",
            addresses: ["10.0.2.15/24"],
            told: ["10.0.2.15/24"],
            untagged: undefined,
            tagged: [],
            isMirror: false,
          },
          {
            name: "eth1",
            vlan: 1,
            mac: "52:54:00:12:01:01",
            addresses: ["10.1.0.1/16", "2001:db8:1::1/64"],
            told: ["10.1.0.1/16", "2001:db8:1::1/64"],
            untagged: undefined,
            tagged: [],
            isMirror: false,
          },
        ],
        routes: [{ to: "default", via: "10.1.0.2" }],
      },
      expect.objectContaining({ name: "router", memoryMiB: 1024, cpus: 2, isRouter: true }),
      expect.objectContaining({
        name: "server",
        disks: 1,
        cards: [
          {
            name: "eth1",
            vlan: 2,
            mac: "52:54:00:12:02:03",
            addresses: [],
            told: [],
            untagged: undefined,
            tagged: [],
            isMirror: false,
          },
        ],
      }),
    ],
    networks: [
      { vlan: 1, name: "lan", prefixes: ["10.1.0.0/16", "2001:db8:1::/64"], mtu: undefined, hasDhcp: false },
      { vlan: 2, name: "wan", prefixes: ["203.0.113.0/24"], mtu: 1400, hasDhcp: false },
    ],
  });
});

it("does not tell an IPv6 address that says what the IPv4 address beside it says", () => {
  const [card] = topologyOf({ nodes: { a: {} } }).machines[0]!.cards;
  expect(card).toMatchObject({ addresses: ["192.168.1.1/24", "2001:db8:1::1/64"], told: ["192.168.1.1/24"] });
});

it("has networks by number and those that no machine is on, by VLAN", () => {
  const { networks } = topologyOf({ networks: { spare: { vlan: 9 } }, nodes: { a: { vlans: [12, 3] } } });
  expect(networks.map(({ vlan, name }) => [vlan, name])).toEqual([
    [3, undefined],
    [9, "spare"],
    [12, undefined],
  ]);
});

it("marks networks with a DHCP server", () => {
  const { networks } = topologyOf({ networks: { lan: { dhcp: true } }, nodes: { a: { vlans: ["lan"] } } });
  expect(networks.map(networkDetails)).toEqual([["VLAN 1", "DHCP"]]);
});
