import { expect, it } from "vitest";
import { Numbers } from "../../../src/network/wiring/numbers.ts";
import { parseTables } from "../../../src/network/wiring/tables.ts";

it("the tables of a switch are read", () => {
  const text = [
    "VLAN 0000",
    " -- Port 0001 tagged=0 active=1 status=Forwarding",
    " -- Port 0002 tagged=0 active=0 status=Learning",
    "VLAN 0010",
    " -- Port 0002 tagged=1 active=1 status=Forwarding",
    "VLAN 3000",
    "",
  ].join("\n");
  expect(parseTables(text)).toEqual({
    vlans: [0, 10, 3000],
    entries: [
      { vlan: 0, port: 1, isTagged: false, isActive: true },
      { vlan: 0, port: 2, isTagged: false, isActive: false },
      { vlan: 10, port: 2, isTagged: true, isActive: true },
    ],
  });
});

it("numbers come back as late as can be, and to an end", () => {
  const numbers = new Numbers(5, 7);
  expect([numbers.take(), numbers.take()]).toEqual([5, 6]);
  expect(() => numbers.take()).toThrow("no number left");
  numbers.giveBack(6);
  expect(numbers.take()).toBe(6);
  const more = new Numbers(5, 8);
  more.giveBack(more.take());
  expect([more.take(), more.take(), more.take()]).toEqual([6, 7, 5]);
});
