import { invalid } from "@vitest-machines/host";
import { isIPv4 } from "node:net";
import type { NodePlan } from "../../plan.ts";
import { withoutLength } from "../prefix.ts";
import type { DhcpPlan } from "./plan.ts";

/**
 * Checks that the DHCP servers that run already can give the cards of a machine that is added what they ask for.
 * @throws MachinesError DECLARATION_INVALID
 */
export function requireKnownCards(node: Pick<NodePlan, "name" | "interfaces">, servers: readonly DhcpPlan[]): void {
  for (const { name, vlan, mac, addresses, dhcp } of node.interfaces) {
    const server = servers.find((one) => one.vlan === vlan);
    const asked = addresses.map(withoutLength).find((address) => isIPv4(address));
    if (!dhcp || !server || asked === undefined || server.leases[mac] === asked) continue;
    const path = `nodes.${node.name}.interfaces.${name}`;
    const reason = "is not what the network's DHCP server, which runs already, has for it";
    const own = server.leases[mac];
    const valid = `${own === undefined ? "" : `${own}, or `}dhcp: false for this card`;
    throw invalid({ path, value: asked, reason, valid });
  }
}
