import { ipv4PrefixLength, ipv6PrefixLength } from "./addresses.ts";
import type { NodePlan } from "./plan.ts";

/** What a guest must be told at boot to become this node, in the agent's terms. */
export interface NodeConfiguration {
  hostname: string;
  interfaces: { mac: string; name: string; addresses: string[] }[];
  hosts: string;
}

export function configurationOf({ name, interfaces, userCard, hosts }: NodePlan): NodeConfiguration {
  return {
    hostname: name,
    hosts,
    interfaces: [
      ...(userCard === undefined ? [] : [{ ...userCard, addresses: [`${userCard.ipv4}/${ipv4PrefixLength}`] }]),
      ...interfaces.map(({ ipv4, ipv6, ...card }) => ({
        ...card,
        addresses: [`${ipv4}/${ipv4PrefixLength}`, `${ipv6}/${ipv6PrefixLength}`],
      })),
    ].map(({ mac, name: device, addresses }) => ({ mac, name: device, addresses })),
  };
}
