import { expect, it } from "vitest";
import { orderNetworks } from "../../../../src/topology/picture/svg/order.ts";
import { topologyOf } from "../plans.ts";

it("has networks by number when nothing joins them", () => {
  expect(orderNetworks(topologyOf({ nodes: { a: { vlans: [2] }, b: { vlans: [1] } } }))).toEqual([1, 2]);
});

it("puts networks beside each other that machines join", () => {
  const nodes = { r: { vlans: [1, 3] }, s: { vlans: [3, 2] } };
  expect(orderNetworks(topologyOf({ nodes }))).toEqual([1, 3, 2]);
});
