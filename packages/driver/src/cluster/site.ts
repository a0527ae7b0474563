import { Deadline, type Lease, type MachinesError } from "@vitest-machines/host";
import { adoptNetwork, startNetwork, type VlanNetwork } from "../network/vlan-network.ts";
import type { Site } from "../layers/fork/open-fork.ts";
import type { Spare } from "../layers/pool/spare.ts";
import type { ClusterPlan } from "../topology/plan.ts";

/** Watches over networks' switches, mirrors and servers: one that ends although nobody stopped it is an incident of its machines. */
export interface SwitchWatch {
  readonly onEnd: (error: MachinesError) => void;
  /** Whether they are being stopped on purpose. */
  readonly isStopping: () => boolean;
}

/**
 * Starts the networks of a plan.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function openSite(
  plan: Pick<ClusterPlan, "name" | "vlans" | "dhcp" | "nodes">,
  lease: Lease,
  watch: SwitchWatch,
  signal: AbortSignal | undefined,
): Promise<Site> {
  const { name: cluster, vlans, dhcp, nodes } = plan;
  const deadline = Deadline.never(signal);
  const networks = await Promise.all(
    vlans.map((vlan) => startNetwork(lease, { vlan, cluster, nodes, dhcp, deadline })),
  );
  return siteOf(lease, networks, watch);
}

/** The networks that a spare brings along. */
export function adoptSite(
  plan: Pick<ClusterPlan, "vlans">,
  { lease, processes }: Pick<Spare, "lease" | "processes">,
  watch: SwitchWatch,
): Site {
  const networks = plan.vlans.map((vlan) => adoptNetwork(lease, vlan, processes));
  return siteOf(lease, networks, watch);
}

function siteOf(lease: Lease, networks: readonly VlanNetwork[], { onEnd, isStopping }: SwitchWatch): Site {
  for (const ended of networks.flatMap((network) => network.ended)) {
    void ended.then((error) => {
      if (!isStopping()) onEnd(error);
    });
  }
  return { lease, switches: new Map(networks.map(({ vlan, folder }) => [vlan, folder])) };
}
