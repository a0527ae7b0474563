import type { HostedProcess, Lease, MachinesError } from "@vitest-machines/host";
import { mirroredVlans } from "../topology/networks/mirrors.ts";
import type { DhcpPlan } from "../topology/networks/dhcp/plan.ts";
import { adoptDhcpServer, dhcpServerName, startDhcpServer } from "./dhcp/start-server.ts";
import { adoptMirror, mirrorName, startMirror } from "./mirror/start-mirror.ts";
import { adoptSwitch, startSwitch, switchFolder, switchName, type SwitchRequest } from "./vlan-switch.ts";

/** A network that machines can be on: its switch, its mirror where somebody has a mirror port, and its DHCP server. */
export interface VlanNetwork {
  readonly vlan: number;
  /** The switch's. */
  readonly folder: string;
  /** Each settles with SWITCH_FAILED when a process of the network ends, however it does. */
  readonly ended: readonly Promise<MachinesError>[];
}

export interface NetworkRequest extends SwitchRequest {
  /** Of all networks. */
  readonly dhcp?: readonly DhcpPlan[] | undefined;
}

/** Starts what a VLAN's machines are to be on. @throws TOOL_MISSING, SWITCH_FAILED, ABORTED */
export async function startNetwork(lease: Lease, request: NetworkRequest): Promise<VlanNetwork> {
  const { vlan, nodes, deadline } = request;
  const folder = switchFolder(lease, vlan);
  const hasMirror = mirroredVlans(nodes).has(vlan);
  const [started, mirror] = await Promise.all([
    startSwitch(lease, request),
    hasMirror ? startMirror(lease, vlan, folder, deadline) : undefined,
  ]);
  const plan = request.dhcp?.find((server) => server.vlan === vlan);
  const server = plan && (await startDhcpServer(lease, plan, started, deadline));
  return { vlan, folder, ended: [started, mirror, server].flatMap((one) => one?.ended ?? []) };
}

/**
 * A network on a lease that was started, by whomever.
 * @param processes what runs on the lease, by name
 */
export function adoptNetwork(lease: Lease, vlan: number, processes: ReadonlyMap<string, HostedProcess>): VlanNetwork {
  const [process, mirror] = [processes.get(switchName(vlan)), processes.get(mirrorName(vlan))];
  if (!process) throw new Error(`VLAN ${vlan} has no switch among the lease's processes`);
  const adopted = adoptSwitch(lease, vlan, process);
  const { folder } = adopted;
  const server = processes.get(dhcpServerName(vlan));
  const others = [mirror && adoptMirror(vlan, folder, mirror), server && adoptDhcpServer(server, vlan, adopted)];
  return { vlan, folder, ended: [adopted, ...others].flatMap((one) => one?.ended ?? []) };
}
