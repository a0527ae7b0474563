import { expect, it } from "vitest";
import { configurationOf } from "../../src/topology/guest-configuration.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "./an-image.ts";

it("tells a guest its name, its hosts file and its cards by their MACs, the user-mode one first", () => {
  const [node] = planCluster({ nodes: { a: { image: anImage(), vlans: [3], userNetwork: true } } }).nodes;
  expect(configurationOf(node!)).toEqual({
    hostname: "a",
    hosts: node?.hosts,
    routes: [],
    forwarding: false,
    interfaces: [
      { mac: "52:54:00:12:00:01", name: "eth0", addresses: ["10.0.2.15/24"] },
      { mac: "52:54:00:12:03:01", name: "eth1", addresses: ["192.168.3.1/24", "2001:db8:3::1/64"] },
    ],
  });
});
