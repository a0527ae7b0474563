import type { RoutePlan } from "./networks/routes.ts";
import type { NodePlan } from "./plan.ts";

/** What a guest must be told at boot to become this node, in the agent's terms. */
export interface NodeConfiguration {
  hostname: string;
  interfaces: { mac: string; name: string; addresses: readonly string[]; mtu?: number | undefined }[];
  routes: readonly RoutePlan[];
  forwarding: boolean;
  hosts: string;
}

export function configurationOf(node: NodePlan): NodeConfiguration {
  const { name, interfaces, userCard, routes = [], forwarding = false, hosts } = node;
  return {
    hostname: name,
    hosts,
    interfaces: [
      ...(userCard === undefined ? [] : [{ mac: userCard.mac, name: userCard.name, addresses: [userCard.ipv4] }]),
      ...interfaces.map(({ mac, name: device, addresses, mtu }) => ({
        mac,
        name: device,
        addresses,
        ...(mtu && { mtu }),
      })),
    ],
    routes,
    forwarding,
  };
}
