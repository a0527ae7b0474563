import type { InterfacePlan, UserCard } from "./plan.ts";

/** Prefix lengths of every address on a VLAN. */
export const ipv4PrefixLength = 24;
export const ipv6PrefixLength = 64;

export const lastVlan = 255;
/** 255 is the broadcast address of a VLAN's IPv4 network. */
export const lastNodeNumber = 254;

/** The addresses of node `number` on `vlan`: the NixOS test driver's scheme, so that its tests carry over. */
export function interfaceOn(vlan: number, number: number, position: number): InterfacePlan {
  return {
    name: `eth${position}`,
    vlan,
    mac: ["52", "54", "00", "12", hex(vlan), hex(number)].join(":"),
    ipv4: `192.168.${vlan}.${number}`,
    // Decimal digits as text: node 10 is ::10, which is sixteen to a computer and ten to a reader.
    ipv6: `2001:db8:${vlan}::${number}`,
  };
}

/** The card of node `number` on QEMU's own network. No VLAN is 0, so no other card has its MAC. */
export function userCard(number: number): UserCard {
  // The address that QEMU's DHCP server gives to the first who asks, and on this network nobody else does.
  return { name: "eth0", mac: `52:54:00:12:00:${hex(number)}`, ipv4: "10.0.2.15" };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
