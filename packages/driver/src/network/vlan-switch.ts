import {
  isMachinesError,
  MachinesError,
  requireTool,
  type Deadline,
  type ExitStatus,
  type HostedProcess,
  type Lease,
} from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connectSocket } from "../qemu/connect-socket.ts";
import type { NodePlan } from "../topology/plan.ts";
import { portCount } from "../topology/ports.ts";
import { portCommands, vlanCommands } from "./port-vlans.ts";
import { commandSwitch, leaveConsole } from "./switch-console.ts";

/** A switch is there within milliseconds of its start. */
const startMs = 10_000;

/** The switch of one VLAN. */
export interface VlanSwitch {
  readonly vlan: number;
  /** What QEMU's `-netdev vde,sock=` takes. */
  readonly folder: string;
  /** The management console's unix socket, for VLAN trunks, port lists and captures. */
  readonly managementSocket: string;
  readonly process: HostedProcess;
  /** Settles with SWITCH_FAILED when the switch ends, however it does. */
  readonly ended: Promise<MachinesError>;
}

export interface SwitchRequest {
  readonly vlan: number;
  /** For messages. */
  readonly cluster: string;
  /** Machines that will plug in. */
  readonly nodes: readonly Pick<NodePlan, "number" | "interfaces">[];
  readonly deadline: Deadline;
}

/**
 * Starts the switch of a VLAN and waits until machines can plug in. It learns addresses as a real one does, so machines
 * see only what is for them.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function startSwitch(lease: Lease, request: SwitchRequest): Promise<VlanSwitch> {
  const { vlan, cluster, nodes, deadline } = request;
  const files = switchFiles(lease, vlan);
  const program = requireTool("vde_switch", `VLAN ${vlan} of cluster ${JSON.stringify(cluster)}`);
  const argv = switchCommandLine(program, files);
  const process = await lease.spawn({ name: switchName(vlan), argv, logFile: files.log });
  const started = adoptSwitch(lease, vlan, process);
  const limit = deadline.within(startMs);
  const gone = started.ended.then((error): never => {
    throw error;
  });
  gone.catch(() => undefined);
  try {
    // The console is the last thing that it makes.
    await leaveConsole(await connectSocket(files.management, limit, gone));
  } catch (error) {
    if (!isMachinesError(error) || error.code !== "BOOT_TIMEOUT") throw error;
    throw new MachinesError("SWITCH_FAILED", `VLAN ${vlan}: the switch made no socket in ${startMs} ms`);
  }
  const commands = [...vlanCommands(vlan, nodes), ...nodes.flatMap((node) => portCommands(vlan, node))];
  if (commands.length > 0) await commandSwitch(started.managementSocket, commands, limit);
  return started;
}

/** What a VLAN's switch is called among its lease's processes. */
export function switchName(vlan: number): string {
  return `switch vlan${vlan}`;
}

/** A switch of a lease that was started, by whomever. */
export function adoptSwitch(lease: Lease, vlan: number, process: HostedProcess): VlanSwitch {
  const files = switchFiles(lease, vlan);
  const ended = process.exited.then((status) => endedError(vlan, files.log, status));
  return { vlan, folder: files.folder, managementSocket: files.management, process, ended };
}

interface SwitchFiles {
  readonly folder: string;
  readonly management: string;
  readonly log: string;
}

function switchFiles(lease: Pick<Lease, "folder">, vlan: number): SwitchFiles {
  const base = switchFolder(lease, vlan);
  return { folder: base, management: managementSocket(base), log: `${base}.log` };
}

/** What QEMU finds the switch of a VLAN by. */
export function switchFolder({ folder }: Pick<Lease, "folder">, vlan: number): string {
  return join(folder, `v${vlan}`);
}

/** The console of the switch that has this folder. */
export function managementSocket(folder: string): string {
  return `${folder}.mgmt`;
}

/**
 * Prepares the switches that run already, each by its VLAN, for a machine that is about to plug in.
 * @throws SWITCH_FAILED, ABORTED
 */
export async function admitMachine(
  switches: ReadonlyMap<number, string>,
  node: Pick<NodePlan, "number" | "interfaces">,
  deadline: Deadline,
): Promise<void> {
  for (const [vlan, folder] of switches) {
    const commands = portCommands(vlan, node);
    if (commands.length > 0) await commandSwitch(managementSocket(folder), commands, deadline);
  }
}

/** The command line of a switch. Pure. */
export function switchCommandLine(program: string, files: SwitchFiles): [string, ...string[]] {
  return [
    program,
    ...["--sock", files.folder, "--dirmode", "0700", "--mode", "0600"],
    ...["--mgmt", files.management, "--mgmtmode", "0600"],
    ...["--numports", String(portCount)],
    // Else it runs the commands in the user's ~/.vderc.
    ...["--rcfile", "/dev/null"],
  ];
}

async function endedError(vlan: number, log: string, { exitCode, signal }: ExitStatus): Promise<MachinesError> {
  const said = (await readFile(log, "utf8").catch(() => "")).trim();
  const how = signal === null ? `ended with exit code ${exitCode ?? "unknown"}` : `was killed by ${signal}`;
  return new MachinesError("SWITCH_FAILED", `The switch of VLAN ${vlan} ${how}; its machines have no network now.`, {
    facts: { vlan, exitCode, signal },
    evidence: said === "" ? [] : [`vde_switch says:\n${said}`],
  });
}
