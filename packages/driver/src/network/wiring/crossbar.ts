import { requireTool, type Deadline, type Lease, type MachinesError } from "@vitest-machines/host";
import { join } from "node:path";
import { ownProgram } from "../../qemu/own-program.ts";
import type { Passes } from "../crossbar/forwarding.ts";
import { startWatched, type WatchedProcess } from "./watched-process.ts";

export interface CrossbarRequest {
  /** The switch's folder. */
  readonly folder: string;
  /** Its ports, one for each group of machines. */
  readonly plugs: readonly number[];
  /** Which group is heard by which. */
  readonly passes: Passes;
}

/**
 * Starts what joins groups of machines that some may hear and others not. It is plugged in when the switch says so of its ports.
 * @throws TOOL_MISSING, PROCESS_FAILED
 */
export async function startCrossbar(
  lease: Lease,
  { folder, plugs, passes }: CrossbarRequest,
  onLost: (error: MachinesError) => void,
  deadline: Deadline,
): Promise<WatchedProcess> {
  deadline.throwIfAborted();
  const vdePlug = requireTool("vde_plug", "partitions of a network");
  const order = JSON.stringify({ plugs: plugs.map((plug) => `vde://${folder}[${plug}]`), passes });
  const logFile = join(lease.folder, `x${plugs[0]}.log`);
  const program = ownProgram("network/crossbar/main.js", vdePlug, order);
  return startWatched(lease, { name: "crossbar of partitions", ...program, logFile }, onLost);
}
