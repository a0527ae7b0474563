import { MachinesError, type Deadline, type HostedProcess, type Lease } from "@vitest-machines/host";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { connectSocket } from "../connect-socket.ts";
import { describeExit } from "../describe-exit.ts";
import type { MachineFiles } from "../files.ts";
import { ownProgram } from "../own-program.ts";
import type { GatePolicy } from "./gate/policy.ts";

const startMs = 20_000;

/** What a machine's gate is called among its lease's processes. */
export function gateName(machine: string): string {
  return `gate ${machine}`;
}

/** A gate that was told what to let through. */
export interface Gate {
  /** Waits until its machine's QEMU has connected both ends to it: what is sent before gets lost. */
  readonly connected: (deadline: Deadline) => Promise<void>;
}

/**
 * Starts the gate of a machine, for its QEMU to connect to. It ends with that QEMU.
 * @throws PROCESS_FAILED, BOOT_TIMEOUT, ABORTED
 */
export async function startGate(
  lease: Lease,
  machine: string,
  files: MachineFiles,
  policy: GatePolicy,
  deadline: Deadline,
): Promise<Gate> {
  const { near, far, control, log } = files.gate;
  await Promise.all([near, far, control].map((socket) => rm(socket, { force: true })));
  const gate = await lease.spawn({
    name: gateName(machine),
    ...ownProgram("qemu/internet/gate/main.js", near, far, control),
    logFile: log,
  });
  try {
    return await tellGate(gate, machine, files, policy, deadline.within(startMs));
  } catch (error) {
    await gate.kill("SIGKILL");
    throw error;
  }
}

/** Says what a gate is to let through from now on. @throws as {@link startGate} */
export async function tellGate(
  gate: HostedProcess,
  machine: string,
  { gate: { control, log } }: MachineFiles,
  policy: GatePolicy,
  deadline: Deadline,
): Promise<Gate> {
  const gone = gate.exited.then(async (status): Promise<never> => {
    const said = (await readFile(log, "utf8").catch(() => "")).trim();
    throw new MachinesError("PROCESS_FAILED", `${machine}: the gate to its internet ${describeExit(status)}.`, {
      machine,
      evidence: said === "" ? [] : [`it says:\n${said}`],
    });
  });
  // It also ends long after this wait.
  gone.catch(() => undefined);
  // This is what it listens on last.
  const socket = await connectSocket(control, deadline, gone);
  socket.write(`${JSON.stringify(policy)}\n`);
  const answered = once(socket, "data");
  answered.catch(() => undefined);
  return {
    connected: async (limit) => {
      try {
        await limit.race(Promise.race([answered, gone]), () => silent(machine));
      } finally {
        socket.destroy();
      }
    },
  };
}

function silent(machine: string): MachinesError {
  return new MachinesError("PROCESS_FAILED", `${machine}: the gate to its internet does not answer.`, { machine });
}
