import { expect, it } from "vitest";
import { firstSparePort, portCount, portOf } from "../../src/topology/ports.ts";

const card = (name: string, vlan: number) => ({ name, vlan, mac: "", addresses: [] });

it("has a port of its own for each card on a switch, the machine's number for the first", () => {
  const interfaces = [card("eth1", 1), card("eth2", 2), card("spy", 1), card("eve", 1)];
  expect([0, 1, 2, 3].map((index) => portOf({ number: 7, interfaces }, index))).toEqual([7, 7, 263, 519]);
});

it("leaves ports for what is no machine", () => {
  const interfaces = [1, 1, 1, 1].map((vlan, index) => card(`eth${index}`, vlan));
  expect(portOf({ number: 254, interfaces }, 3)).toBeLessThan(firstSparePort);
  expect(firstSparePort).toBeLessThan(portCount);
});
