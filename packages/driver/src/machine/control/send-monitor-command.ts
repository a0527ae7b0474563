import type { MachineContext } from "../context.ts";
import { qmp } from "./qmp.ts";

/** Runs one line of QEMU's monitor for people. */
export async function sendMonitorCommand(context: MachineContext, command: string): Promise<string> {
  return qmp<string>(context, "human-monitor-command", { "command-line": command });
}
