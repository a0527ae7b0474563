import { MachinesError, type Deadline, type HostedProcess, type Lease } from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import { connectSocket } from "../../qemu/connect-socket.ts";
import { describeExit } from "../../qemu/describe-exit.ts";
import { mirrorSockets } from "../../qemu/mirror-sockets.ts";
import { ownProgram } from "../../qemu/own-program.ts";

const startMs = 20_000;

/** What a VLAN's mirror is called among its lease's processes. */
export function mirrorName(vlan: number): string {
  return `mirror vlan${vlan}`;
}

/** What shows the mirror ports of a VLAN what its cards send. */
export interface Mirror {
  /** Settles with SWITCH_FAILED when it ends, however it does. */
  readonly ended: Promise<MachinesError>;
}

/**
 * Starts the mirror of a VLAN and waits until machines can connect to it.
 * @param folder the VLAN's switch's
 * @throws SWITCH_FAILED, ABORTED
 */
export async function startMirror(lease: Lease, vlan: number, folder: string, deadline: Deadline): Promise<Mirror> {
  const { sent, seen } = mirrorSockets(folder);
  const program = ownProgram("network/mirror/main.js", sent, seen);
  const process = await lease.spawn({ name: mirrorName(vlan), ...program, logFile: logOf(folder) });
  const mirror = adoptMirror(vlan, folder, process);
  const gone = mirror.ended.then((error): never => {
    throw error;
  });
  gone.catch(() => undefined);
  // This is what it listens on last.
  const socket = await connectSocket(sent, deadline.within(startMs), gone);
  socket.destroy();
  return mirror;
}

/** A mirror that was started, by whomever. */
export function adoptMirror(vlan: number, folder: string, process: HostedProcess): Mirror {
  const ended = process.exited.then(async (status) => {
    const said = (await readFile(logOf(folder), "utf8").catch(() => "")).trim();
    const summary = `The mirror of VLAN ${vlan} ${describeExit(status)}; its mirror ports show nothing now.`;
    const evidence = said === "" ? [] : [`It says:\n${said}`];
    return new MachinesError("SWITCH_FAILED", summary, { facts: { ...status }, evidence });
  });
  return { ended };
}

function logOf(folder: string): string {
  return `${folder}.mirror.log`;
}
