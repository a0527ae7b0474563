import type { UserCard } from "./plan.ts";

/** Prefix lengths of addresses on a VLAN, unless its network says otherwise. */
const ipv4PrefixLength = 24;
const ipv6PrefixLength = 64;

export const lastVlan = 255;
/** 255 is the broadcast address of a VLAN's IPv4 network. */
export const lastNodeNumber = 254;

/** The addresses of node `number` on `vlan`: the NixOS test driver's scheme, so that its tests carry over. */
export function schemeAddresses(vlan: number, number: number): { ipv4: string; ipv6: string } {
  return {
    ipv4: `192.168.${vlan}.${number}/${ipv4PrefixLength}`,
    // Decimal digits as text: node 10 is ::10, which is sixteen to a computer and ten to a reader.
    ipv6: `2001:db8:${vlan}::${number}/${ipv6PrefixLength}`,
  };
}

/** The networks of those addresses. */
export function schemeNetworks(vlan: number): { ipv4: string; ipv6: string } {
  return { ipv4: `192.168.${vlan}.0/${ipv4PrefixLength}`, ipv6: `2001:db8:${vlan}::/${ipv6PrefixLength}` };
}

/** The MAC of node `number` on `vlan`, in the same scheme; `nth` counts its further cards there, which that scheme has not. */
export function interfaceMac(vlan: number, number: number, nth: number): string {
  return ["52", "54", "00", hex(0x12 + nth), hex(vlan), hex(number)].join(":");
}

/** Of QEMU's own network. */
export const userRouter = "10.0.2.2";
export const userResolver = "10.0.2.3";
/** What a machine finds of the host's loopback is there. */
export const userHost = "10.0.2.4";

/** The card of node `number` on QEMU's own network. No VLAN is 0, so no other card has its MAC. */
export function userCard(number: number): UserCard {
  // The address that QEMU's DHCP server gives to the first who asks, and on this network nobody else does.
  return { name: "eth0", mac: `52:54:00:12:00:${hex(number)}`, ipv4: "10.0.2.15/24" };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
