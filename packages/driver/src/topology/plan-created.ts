import { invalid } from "@vitest-machines/host";
import { lastNodeNumber } from "./addresses.ts";
import type { NodeDeclaration } from "./declaration.ts";
import { hostsFile } from "./hosts.ts";
import { requireOwnServiceNames } from "./internet.ts";
import { markMirrored, mirroredVlans, requireMirrored } from "./networks/mirrors.ts";
import { requireKnownCards } from "./networks/dhcp/created.ts";
import { tagsOf } from "./networks/tags.ts";
import { validateNames } from "./names.ts";
import { planNode } from "./plan-cluster.ts";
import type { ClusterPlan, NodePlan } from "./plan.ts";

/** Who is there already. */
export interface Neighbours extends Pick<ClusterPlan, "nodes" | "vlans" | "networks" | "dhcp"> {
  /** How many machines were added before, whether they still exist or not. */
  readonly added: number;
  /** Names of those that still exist. */
  readonly taken: readonly string[];
}

/**
 * Plans a machine that joins a cluster which runs already: its number, and with it its addresses, are no other machine's and
 * never were. It knows the others' names; they do not know its.
 * @throws MachinesError DECLARATION_INVALID
 */
export function planCreated(name: string, own: NodeDeclaration, neighbours: Neighbours): NodePlan {
  const { nodes, vlans, networks, added, taken } = neighbours;
  validateNames([...nodes.map((node) => node.name), ...taken, name]);
  const number = nodes.length + added + 1;
  if (number > lastNodeNumber) {
    const valid = `at most ${lastNodeNumber} machines in a cluster's life, which is what the addresses of a VLAN hold`;
    throw invalid({ path: "createMachine", value: number, reason: "machines are too many", valid });
  }
  const node = planNode(name, number, own, { defaults: {}, networks });
  requireKnownCards(node, neighbours.dhcp ?? []);
  requireOwnServiceNames([...nodes.map(({ name }) => ({ name })), node]);
  const foreign = node.interfaces.find(({ vlan }) => !vlans.includes(vlan));
  if (foreign) {
    const valid = vlans.length === 0 ? "[]: the cluster has none" : `VLANs of the cluster: ${vlans.join(", ")}`;
    throw invalid({ path: `nodes.${name}.vlans`, value: foreign.vlan, reason: "has no switch", valid });
  }
  for (const { name: card, vlan, tagged = [], untagged } of node.interfaces) {
    const known = tagsOf(nodes, vlan);
    const strange = [...tagged, ...(untagged === undefined ? [] : [untagged])].find((tag) => !known.has(tag));
    if (strange === undefined) continue;
    const valid = known.size === 0 ? "none: nobody there is in one" : [...known].join(", ");
    const reason = "is no 802.1Q VLAN of the running network";
    throw invalid({ path: `nodes.${name}.interfaces.${card}`, value: strange, reason, valid });
  }
  const mirrored = mirroredVlans(nodes);
  requireMirrored(name, node, mirrored);
  return { ...markMirrored(node, mirrored), hosts: hostsFile(node, [...nodes, node]) };
}
