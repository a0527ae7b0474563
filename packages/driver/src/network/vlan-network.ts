import type { HostedProcess, Lease, MachinesError } from "@vitest-machines/host";
import { mirroredVlans } from "../topology/networks/mirrors.ts";
import { adoptMirror, mirrorName, startMirror } from "./mirror/start-mirror.ts";
import { adoptSwitch, startSwitch, switchFolder, switchName, type SwitchRequest } from "./vlan-switch.ts";

/** A network that machines can be on: its switch, and its mirror where somebody has a mirror port. */
export interface VlanNetwork {
  readonly vlan: number;
  /** The switch's. */
  readonly folder: string;
  /** Each settles with SWITCH_FAILED when a process of the network ends, however it does. */
  readonly ended: readonly Promise<MachinesError>[];
}

/** Starts what a VLAN's machines are to be on. @throws TOOL_MISSING, SWITCH_FAILED, ABORTED */
export async function startNetwork(lease: Lease, request: SwitchRequest): Promise<VlanNetwork> {
  const { vlan, nodes, deadline } = request;
  const folder = switchFolder(lease, vlan);
  const hasMirror = mirroredVlans(nodes).has(vlan);
  const [started, mirror] = await Promise.all([
    startSwitch(lease, request),
    hasMirror ? startMirror(lease, vlan, folder, deadline) : undefined,
  ]);
  return { vlan, folder, ended: [started.ended, ...(mirror ? [mirror.ended] : [])] };
}

/**
 * A network on a lease that was started, by whomever.
 * @param processes what runs on the lease, by name
 */
export function adoptNetwork(lease: Lease, vlan: number, processes: ReadonlyMap<string, HostedProcess>): VlanNetwork {
  const [process, mirror] = [processes.get(switchName(vlan)), processes.get(mirrorName(vlan))];
  if (!process) throw new Error(`VLAN ${vlan} has no switch among the lease's processes`);
  const { folder, ended } = adoptSwitch(lease, vlan, process);
  return { vlan, folder, ended: [ended, ...(mirror ? [adoptMirror(vlan, folder, mirror).ended] : [])] };
}
