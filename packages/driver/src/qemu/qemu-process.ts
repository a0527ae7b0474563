import { Deadline, MachinesError, type ExitStatus, type HostedProcess, type Lease } from "@vitest-machines/host";
import { readFile, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { commandLine, type QemuPlan } from "./command-line.ts";
import { connectSocket, socketMade } from "./connect-socket.ts";
import { describeExit } from "./describe-exit.ts";
import { createCopyDisk } from "./disks/copy-disk.ts";
import type { MachineFiles } from "./files.ts";
import { gatePolicy } from "./internet/gate-policy.ts";
import { startGate, type Gate } from "./internet/start-gate.ts";
import { plugged, plugIn, plugsOf, type Plug } from "./plugs.ts";
import { QmpClient } from "./qmp/client.ts";

const logTailLines = 20;
/** What it says of each console before somebody listens to it. */
const waiting = /: info: QEMU waiting for connection on: /;

/** A QEMU that runs, with its machine stopped. */
export interface QemuProcess {
  readonly process: HostedProcess;
  /** `"shared"`: the guest's memory is in a file; `"private"`: a copy-on-write view of a layer's. */
  readonly memory: "shared" | "private";
  readonly qmp: QmpClient;
  /** What the guest writes to ttyS0, from the first byte. */
  readonly console: Socket;
}

/**
 * Starts QEMU and connects to it.
 * @throws BOOT_FAILED with QEMU's own words when it ends early; BOOT_TIMEOUT; ABORTED
 */
export async function startQemu(lease: Lease, plan: QemuPlan, deadline: Deadline): Promise<QemuProcess> {
  const { files, node } = plan;
  // The last run's memory and sockets; QEMU would boot with the one and we would connect to the other.
  const old = [files.ram, files.qmpSocket, files.consoleSocket, files.agentSocket];
  await Promise.all(old.map((file) => rm(file, { force: true })));
  const [gate] = await Promise.all([openGate(lease, plan, deadline), createCopyDisk(files.copyDisk)]);
  const process = await lease.spawn({ name: qemuName(node.name), argv: commandLine(plan), logFile: files.qemuLog });
  const memory = plan.incoming?.memory === "file" ? "private" : "shared";
  // One that only passes a state on has no cables.
  const plugs = plan.incoming?.memory === "state" ? [] : plugsOf(node, plan.switches);
  const qemu = await connectQemu(process, { files, node, memory, plugs }, deadline);
  try {
    await gate?.connected(deadline);
  } catch (error) {
    await process.kill("SIGKILL");
    throw error;
  }
  return qemu;
}

/** QEMU connects to its gate before anything else. One that only passes a state on has none. */
async function openGate(
  lease: Lease,
  { files, node, incoming }: QemuPlan,
  deadline: Deadline,
): Promise<Gate | undefined> {
  const policy = node.userCard && gatePolicy(node.userCard);
  if (policy === undefined || incoming?.memory === "state") return undefined;
  return startGate(lease, node.name, files, policy, deadline);
}

/** What a machine's QEMU is called among its lease's processes. */
export function qemuName(machine: string): string {
  return `qemu ${machine}`;
}

export function isQemuName(process: string): boolean {
  return process.startsWith(qemuName(""));
}

export interface RunningQemu {
  readonly files: MachineFiles;
  readonly node: Pick<QemuPlan["node"], "name">;
  readonly memory: QemuProcess["memory"];
  /** Where its cards are still to be plugged in. Default: nowhere */
  readonly plugs?: readonly Plug[] | undefined;
}

/** Connects to a QEMU that was started, by whomever. @throws as {@link startQemu} */
export async function connectQemu(
  process: HostedProcess,
  running: RunningQemu,
  deadline: Deadline,
): Promise<QemuProcess> {
  const { files, node, memory } = running;
  const gone = process.exited.then(async (status): Promise<never> => {
    throw await endedEarly(running, status);
  });
  // It may also end long after these waits.
  gone.catch(() => undefined);
  try {
    const [control, console] = await Promise.all([
      connectSocket(files.qmpSocket, deadline, gone),
      letPlugIn(running, deadline, gone),
    ]);
    const qmp = await deadline.race(Promise.race([QmpClient.open(control), gone]), () => silent(node.name));
    return { process, memory, qmp, console };
  } catch (error) {
    await process.kill("SIGKILL");
    // QMP closes a moment before the process can be reaped, and only the exit knows why.
    const exit = await Promise.race([gone.catch((reason: unknown) => reason), Deadline.never().sleep(1_000)]);
    throw isOurs(error, "QMP_FAILED") && exit instanceof Error ? exit : error;
  }
}

/** Lets QEMU go on to what it does when somebody listens to its console, in its turn. @returns the console */
async function letPlugIn(
  { files, node, plugs = [] }: RunningQemu,
  deadline: Deadline,
  gone: Promise<never>,
): Promise<Socket> {
  await socketMade(files.consoleSocket, deadline, gone);
  return await plugIn(plugs, async () => {
    const console = await connectSocket(files.consoleSocket, deadline, gone);
    if (await plugged(plugs, deadline, gone)) return console;
    const summary = `${node.name}: QEMU did not plug its cards into their switches.`;
    throw new MachinesError("BOOT_TIMEOUT", summary, { machine: node.name });
  });
}

/** The last lines that QEMU itself printed, as an evidence block; none when it printed nothing. */
export async function qemuLogTail(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const said = text.split("\n").filter((line) => line.trim() !== "" && !waiting.test(line));
  return said.length === 0 ? [] : [`QEMU says:\n${said.slice(-logTailLines).join("\n")}`];
}

async function endedEarly({ node, files }: RunningQemu, status: ExitStatus): Promise<MachinesError> {
  return new MachinesError("BOOT_FAILED", `${node.name}: QEMU ${describeExit(status)} before the machine ran.`, {
    machine: node.name,
    facts: { phase: "starting", ...status },
    evidence: await qemuLogTail(files.qemuLog),
  });
}

function silent(machine: string): MachinesError {
  return new MachinesError("BOOT_TIMEOUT", `${machine}: QEMU does not answer on its control socket.`, { machine });
}

function isOurs(error: unknown, code: MachinesError["code"]): boolean {
  return error instanceof MachinesError && error.code === code;
}
