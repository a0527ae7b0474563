import { isIPv4 } from "node:net";
import { userResolver, userRouter } from "./addresses.ts";
import { isWithin, parseAddress, parsePrefix, withoutLength } from "./networks/prefix.ts";
import type { RoutePlan } from "./networks/routes.ts";
import type { InterfacePlan, NodePlan } from "./plan.ts";

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

/** @param isLeased cards that ask for their addresses have them: what leads over them can be said, too */
export function configurationOf(node: NodePlan, isLeased = false): NodeConfiguration {
  const { name, interfaces, userCard, forwarding = false, hosts } = node;
  const routes = (node.routes ?? []).filter((route) => isLeased || !isOverLease(route, node));
  return {
    hostname: name,
    hosts,
    interfaces: [
      ...(userCard === undefined ? [] : [{ mac: userCard.mac, name: userCard.name, addresses: [userCard.ipv4] }]),
      ...interfaces.map((card) => ({
        ...{ mac: card.mac, name: card.name, addresses: givenAddresses(card) },
        ...(card.mtu && { mtu: card.mtu }),
      })),
    ],
    routes: userCard?.internet && !hasWayOut(node) ? [...routes, { to: "default", via: userRouter }] : routes,
    forwarding,
    ...(userCard?.internet && !namesResolvers(node) && { resolver: userResolver }),
  };
}

/** Those that its host gives it: what it asks for is for others to give. */
function givenAddresses({ dhcp, addresses }: InterfacePlan): readonly string[] {
  return dhcp ? addresses.filter((address) => !isIPv4(withoutLength(address))) : addresses;
}

/** Whether some of a machine's routes begin only when its cards have the addresses that they ask for. */
export function hasRoutesOverLeases(node: Pick<NodePlan, "interfaces" | "routes">): boolean {
  return (node.routes ?? []).some((route) => isOverLease(route, node));
}

function isOverLease({ via }: RoutePlan, { interfaces }: Pick<NodePlan, "interfaces">): boolean {
  const gateway = parseAddress(via);
  const networks = interfaces.filter(({ dhcp }) => dhcp).flatMap(({ addresses }) => addresses);
  return networks.some((text) => {
    const network = parsePrefix(text);
    return gateway?.family === 4 && network !== undefined && isWithin(gateway, network);
  });
}

/** Its author has said which way leads out. */
function hasWayOut({ routes = [] }: NodePlan): boolean {
  return routes.some(({ to, via }) => to === "default" && isIPv4(via));
}

function namesResolvers({ contents }: NodePlan): boolean {
  return contents?.files.some(({ path }) => path === resolversFile) ?? false;
}
