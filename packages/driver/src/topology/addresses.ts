import type { InterfacePlan } from "./plan.ts";

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

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
