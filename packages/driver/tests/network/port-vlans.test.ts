import { expect, it } from "vitest";
import { portCommands, vlanCommands } from "../../src/network/port-vlans.ts";

const card = (vlan: number, more = {}) => ({ name: "eth1", vlan, mac: "", addresses: [], ...more });
const trunk = { number: 4, interfaces: [card(1), card(1, { tagged: [10, 20] }), card(2, { tagged: [30] })] };
const access = { number: 5, interfaces: [card(1, { untagged: 10 })] };

it("makes each VLAN of a switch once, and nothing for switches without any", () => {
  expect(vlanCommands(1, [trunk, access])).toEqual(["vlan/create 10", "vlan/create 20"]);
  expect(vlanCommands(3, [trunk, access])).toEqual([]);
});

it("makes those ports alone that are in VLANs, before anybody plugs in", () => {
  expect(portCommands(1, trunk)).toEqual(["port/create 260", "vlan/addport 10 260", "vlan/addport 20 260"]);
  expect(portCommands(1, access)).toEqual(["port/create 5", "port/setvlan 5 10"]);
  expect(portCommands(2, access)).toEqual([]);
});
