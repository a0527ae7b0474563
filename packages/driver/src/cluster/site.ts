import { Deadline, type Lease, type MachinesError } from "@vitest-machines/host";
import { adoptSwitch, startSwitch, switchName, type VlanSwitch } from "../network/vlan-switch.ts";
import type { Site } from "../layers/fork/open-fork.ts";
import type { Spare } from "../layers/pool/spare.ts";
import type { ClusterPlan } from "../topology/plan.ts";

/** Watches over switches: one that ends although nobody stopped it is an incident of its machines. */
export interface SwitchWatch {
  readonly onEnd: (error: MachinesError) => void;
  /** Whether switches are being stopped on purpose. */
  readonly isStopping: () => boolean;
}

/**
 * Starts the switches of all VLANs of a plan.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function openSite(
  plan: Pick<ClusterPlan, "name" | "vlans" | "nodes">,
  lease: Lease,
  watch: SwitchWatch,
  signal: AbortSignal | undefined,
): Promise<Site> {
  const deadline = Deadline.never(signal);
  const switches = await Promise.all(
    plan.vlans.map((vlan) => startSwitch(lease, { vlan, cluster: plan.name, nodes: plan.nodes, deadline })),
  );
  return siteOf(lease, switches, watch);
}

/** The switches that a spare brings along. */
export function adoptSite(
  plan: Pick<ClusterPlan, "vlans">,
  { lease, processes }: Pick<Spare, "lease" | "processes">,
  watch: SwitchWatch,
): Site {
  const switches = plan.vlans.map((vlan) => {
    const process = processes.get(switchName(vlan));
    if (!process) throw new Error(`a spare has no switch for VLAN ${vlan}`);
    return adoptSwitch(lease, vlan, process);
  });
  return siteOf(lease, switches, watch);
}

function siteOf(lease: Lease, switches: readonly VlanSwitch[], { onEnd, isStopping }: SwitchWatch): Site {
  for (const { ended } of switches) {
    void ended.then((error) => {
      if (!isStopping()) onEnd(error);
    });
  }
  return { lease, switches: new Map(switches.map(({ vlan, folder }) => [vlan, folder])) };
}
