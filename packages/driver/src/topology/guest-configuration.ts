import { isIPv4 } from "node:net";
import { userResolver, userRouter } from "./addresses.ts";
import type { RoutePlan } from "./networks/routes.ts";
import type { NodePlan } from "./plan.ts";

/** Where guests have their resolvers' addresses. */
const resolversFile = "/etc/resolv.conf";

/** What a guest must be told at boot to become this node, in the agent's terms. */
export interface NodeConfiguration {
  hostname: string;
  interfaces: { mac: string; name: string; addresses: readonly string[]; mtu?: number | undefined }[];
  routes: readonly RoutePlan[];
  forwarding: boolean;
  hosts: string;
  /** Whom it asks for names that are not in `hosts`; undefined: whom its image says. */
  resolver?: string | undefined;
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
    routes: userCard?.internet && !hasWayOut(node) ? [...routes, { to: "default", via: userRouter }] : routes,
    forwarding,
    ...(userCard?.internet && !namesResolvers(node) && { resolver: userResolver }),
  };
}

/** Its author has said which way leads out. */
function hasWayOut({ routes = [] }: NodePlan): boolean {
  return routes.some(({ to, via }) => to === "default" && isIPv4(via));
}

function namesResolvers({ contents }: NodePlan): boolean {
  return contents?.files.some(({ path }) => path === resolversFile) ?? false;
}
