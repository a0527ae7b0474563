import {
  MachinesError,
  requireTool,
  type Deadline,
  type ExitStatus,
  type HostedProcess,
  type Lease,
} from "@vitest-machines/host";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { portCount } from "../topology/ports.ts";

/** A switch makes its socket within milliseconds of its start. */
const pollMs = 2;
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
  readonly deadline: Deadline;
}

/**
 * Starts the switch of a VLAN and waits until machines can plug in. It learns addresses as a real one does, so machines
 * see only what is for them.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function startSwitch(lease: Lease, request: SwitchRequest): Promise<VlanSwitch> {
  const { vlan, cluster, deadline } = request;
  const files = switchFiles(lease.folder, vlan);
  const program = requireTool("vde_switch", `VLAN ${vlan} of cluster ${JSON.stringify(cluster)}`);
  const argv = switchCommandLine(program, files);
  const process = await lease.spawn({ name: switchName(vlan), argv, logFile: files.log });
  const started = adoptSwitch(lease, vlan, process);
  const { ended } = started;
  const limit = deadline.within(startMs);
  for (;;) {
    if (await exists(join(files.folder, "ctl"))) break;
    const early = await Promise.race([ended, limit.sleep(pollMs)]);
    if (early) throw early;
    if (limit.expired)
      throw new MachinesError("SWITCH_FAILED", `VLAN ${vlan}: the switch made no socket in ${startMs} ms`);
  }
  return started;
}

/** What a VLAN's switch is called among its lease's processes. */
export function switchName(vlan: number): string {
  return `switch vlan${vlan}`;
}

/** A switch of a lease that was started, by whomever. */
export function adoptSwitch(lease: Lease, vlan: number, process: HostedProcess): VlanSwitch {
  const files = switchFiles(lease.folder, vlan);
  const ended = process.exited.then((status) => endedError(vlan, files.log, status));
  return { vlan, folder: files.folder, managementSocket: files.management, process, ended };
}

interface SwitchFiles {
  readonly folder: string;
  readonly management: string;
  readonly log: string;
}

function switchFiles(runFolder: string, vlan: number): SwitchFiles {
  const base = join(runFolder, `v${vlan}`);
  return { folder: base, management: `${base}.mgmt`, log: `${base}.log` };
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
