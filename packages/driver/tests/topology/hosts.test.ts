import { expect, it } from "vitest";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "./an-image.ts";

it("lists shared networks first and an unreachable machine by its primary address", () => {
  const { nodes } = planCluster({
    defaults: { image: anImage() },
    nodes: { left: { vlans: [1] }, middle: { vlans: [2, 1] }, right: { vlans: [2] } },
  });
  expect(nodes[0]?.hosts).toBe(`127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
192.168.1.1 left
2001:db8:1::1 left
192.168.1.2 middle
2001:db8:1::2 middle
192.168.2.2 middle
2001:db8:2::2 middle
192.168.2.3 right
2001:db8:2::3 right
`);
});
