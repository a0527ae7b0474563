import { schemeNetworks } from "../../addresses.ts";
import type { NetworkPlan } from "../networks.ts";
import { parsePrefix, type Prefix } from "../prefix.ts";

/** Where a network that has IPv4 has its addresses. */
export function subnetOf({ vlan, ipv4 }: Pick<NetworkPlan, "vlan" | "ipv4">): Prefix {
  const subnet = ipv4 ?? parsePrefix(schemeNetworks(vlan).ipv4);
  if (!subnet) throw new Error(`VLAN ${vlan} has no IPv4`);
  return subnet;
}
