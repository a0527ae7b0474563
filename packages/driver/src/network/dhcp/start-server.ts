import { requireTool, type Deadline, type HostedProcess, type Lease, type MachinesError } from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import { ownProgram } from "../../qemu/own-program.ts";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";
import { dhcpPort } from "../../topology/ports.ts";
import { SwitchConsole } from "../switch-console.ts";
import type { VlanSwitch } from "../vlan-switch.ts";
import { pluggedIn } from "../wiring/plugged-in.ts";
import { parseTables, type SwitchTables } from "../wiring/tables.ts";
import { watch, type WatchedProcess } from "../wiring/watched-process.ts";

const startMs = 20_000;

/** What the DHCP server of a VLAN is called among its lease's processes. */
export function dhcpServerName(vlan: number): string {
  return `DHCP server of VLAN ${vlan}`;
}

export interface DhcpServerProcess extends WatchedProcess {
  /** Settles with SWITCH_FAILED when it ends by itself, unless its switch has ended before. */
  readonly ended: Promise<MachinesError>;
}

/**
 * Starts the DHCP server of a network and waits until it is plugged in.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function startDhcpServer(
  lease: Lease,
  plan: DhcpPlan,
  at: VlanSwitch,
  deadline: Deadline,
): Promise<DhcpServerProcess> {
  deadline.throwIfAborted();
  const name = dhcpServerName(plan.vlan);
  const vdePlug = requireTool("vde_plug", `the ${name}`);
  const plug = `vde://${at.folder}[${dhcpPort}]`;
  const argv = ownProgram("network/dhcp/main.js", vdePlug, plug, JSON.stringify(plan));
  const started = await lease.spawn({ name, ...argv, logFile: logOf(at.folder) });
  const server = adoptDhcpServer(started, plan.vlan, at);
  const console = new SwitchConsole(at.managementSocket);
  const tables = async (limit: Deadline): Promise<SwitchTables> => {
    const [text = ""] = await console.command(["vlan/allprint"], limit);
    return parseTables(text);
  };
  try {
    await pluggedIn(tables, [dhcpPort], `the ${name}`, server, deadline.within(startMs));
    return server;
  } catch (error) {
    await server.end();
    throw error;
  } finally {
    await console.close();
  }
}

/** One of a lease that was started, by whomever. */
export function adoptDhcpServer(
  server: HostedProcess,
  vlan: number,
  { folder, process: itsSwitch }: VlanSwitch,
): DhcpServerProcess {
  let isCut = false;
  void itsSwitch.exited.then(() => (isCut = true));
  const request = { name: dhcpServerName(vlan), logFile: logOf(folder) };
  let tell: (error: MachinesError) => void = () => undefined;
  const ended = new Promise<MachinesError>((resolve) => (tell = resolve));
  const lose = (error: MachinesError): void => {
    if (!isCut) tell(error);
  };
  return { ...watch(server, request, lose, "nobody on its network is given an address now"), ended };
}

/** What the DHCP server of a switch was asked by a card and has said, a line each. */
export async function heardOf(switchFolder: string, mac: string): Promise<string[]> {
  const said = await readFile(logOf(switchFolder), "utf8").catch(() => "");
  return said.split("\n").filter((line) => line.startsWith(`${mac} `));
}

function logOf(switchFolder: string): string {
  return `${switchFolder}.dhcp.log`;
}
