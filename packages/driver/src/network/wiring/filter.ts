import { requireTool, type Deadline, type Lease, type MachinesError } from "@vitest-machines/host";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { connectSocket } from "../../qemu/connect-socket.ts";
import type { Settings } from "../faults/impairments.ts";
import { commandSwitch } from "../switch-console.ts";
import { filterCommands } from "./filter-settings.ts";
import { startWatched } from "./watched-process.ts";

/** One direction of a link, seen from its machine. */
export type Direction = "in" | "out";

export interface FilterRequest {
  /** The switch's folder. */
  readonly folder: string;
  /** Of the link, for names. */
  readonly port: number;
  readonly direction: Direction;
  /** The ports that it is plugged into, the machine's side first. */
  readonly plugs: readonly [number, number];
  readonly settings: Settings;
}

/** A wirefilter between two ports of a switch. */
export interface Filter {
  set(settings: Settings, deadline: Deadline): Promise<void>;
  end(): Promise<void>;
}

/**
 * Starts a wirefilter; it is plugged in and does what it is to do when this settles.
 * @throws TOOL_MISSING, SWITCH_FAILED, ABORTED
 */
export async function startFilter(
  lease: Lease,
  { folder, port, direction, plugs, settings }: FilterRequest,
  onLost: (error: MachinesError) => void,
  deadline: Deadline,
): Promise<Filter> {
  const program = requireTool("wirefilter", "faults of a link");
  const base = join(lease.folder, `f${plugs[0]}`);
  const management = `${base}.mgmt`;
  const argv = [
    program,
    ...["-v", plugs.map((plug) => `${folder}[${plug}]`).join(":")],
    ...["-M", management, "--mgmtmode", "0600"],
  ] as const;
  const name = `filter of port ${port}, ${direction}`;
  const watched = await startWatched(lease, { name, argv, logFile: `${base}.log` }, onLost);
  const end = async (): Promise<void> => {
    await watched.end();
    await rm(management, { force: true });
  };
  const set = async (next: Settings, limit: Deadline): Promise<void> => {
    await commandSwitch(management, filterCommands(next, direction === "out" ? "LR" : "RL"), limit);
  };
  try {
    // It is plugged in before its console is there.
    (await connectSocket(management, deadline, watched.lost)).destroy();
    await set(settings, deadline);
    return { set, end };
  } catch (error) {
    await end();
    throw error;
  }
}
