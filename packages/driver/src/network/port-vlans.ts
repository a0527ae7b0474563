import { tagsOf } from "../topology/networks/tags.ts";
import type { NodePlan } from "../topology/plan.ts";
import { portOf } from "../topology/ports.ts";

type Node = Pick<NodePlan, "number" | "interfaces">;

/**
 * What a switch must be told before machines plug in, so that their ports are in the 802.1Q VLANs that were declared. Ports
 * that are made so stay in them, whoever plugs in and out. Pure.
 */
export function vlanCommands(vlan: number, nodes: readonly Node[]): string[] {
  return [...tagsOf(nodes, vlan)].map((tag) => `vlan/create ${tag}`);
}

/** The same for the ports of one machine, when the VLANs are there. Pure. */
export function portCommands(vlan: number, node: Node): string[] {
  return node.interfaces.flatMap((card, index) => {
    const { tagged = [], untagged } = card;
    if (card.vlan !== vlan || (untagged === undefined && tagged.length === 0)) return [];
    const port = portOf(node, index);
    return [
      `port/create ${port}`,
      ...(untagged === undefined ? [] : [`port/setvlan ${port} ${untagged}`]),
      ...tagged.map((tag) => `vlan/addport ${tag} ${port}`),
    ];
  });
}
