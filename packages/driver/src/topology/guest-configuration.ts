import { ipv4PrefixLength, ipv6PrefixLength } from "./addresses.ts";
import type { NodePlan } from "./plan.ts";

/** What a guest must be told at boot to become this node, in the agent's terms. */
export interface NodeConfiguration {
  hostname: string;
  interfaces: { mac: string; name: string; addresses: string[] }[];
  hosts: string;
}

export function configurationOf({ name, interfaces, hosts }: NodePlan): NodeConfiguration {
  return {
    hostname: name,
    hosts,
    interfaces: interfaces.map(({ mac, name: device, ipv4, ipv6 }) => ({
      mac,
      name: device,
      addresses: [`${ipv4}/${ipv4PrefixLength}`, `${ipv6}/${ipv6PrefixLength}`],
    })),
  };
}
