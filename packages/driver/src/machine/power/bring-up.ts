import { Deadline, MachinesError, requireTool } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import { mkdir } from "node:fs/promises";
import { setTimeout as waitFor } from "node:timers/promises";
import type { AgentSession } from "../../agent/session.ts";
import { createOverlay } from "../../qemu/disks/create-overlay.ts";
import { planDisks } from "../../qemu/disks/plan.ts";
import { machineFiles, type MachineFiles } from "../../qemu/files.ts";
import { requireFreeSpace } from "../../qemu/free-space.ts";
import { startQemu, type QemuProcess } from "../../qemu/qemu-process.ts";
import { plugsOf, unplugged } from "../../qemu/plugs.ts";
import { configurationOf } from "../../topology/guest-configuration.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { ConsoleLog } from "../console/console-log.ts";
import { putContents } from "../contents/put-contents.ts";
import type { MachinePhase } from "../events.ts";
import type { MachineSetting } from "../setting.ts";
import { consoleBlock, Life, type LifeOptions } from "./life.ts";
import { awaitAddresses, startAsking } from "./ask-for-addresses.ts";
import { growDisk } from "./grow-disk.ts";
import { mendClock } from "./mend-clock.ts";
import { tellOfCores } from "../stumbles/tell-of-cores.ts";
import { printed, settle } from "./settle.ts";
import { silenceMirrors } from "./silence-mirrors.ts";
import { startRouting } from "./start-routing.ts";
import type { Seat } from "./seat.ts";

/**
 * Starts a machine's QEMU with the guest still stopped: nothing of the guest runs before its console is recorded.
 * @throws TOOL_MISSING, BOOT_FAILED, BOOT_TIMEOUT, ABORTED
 */
export async function ignite(
  setting: MachineSetting,
  { lease, switches, folder, layerDisks }: Seat,
  deadline: Deadline,
  onEnd: LifeOptions["onEnd"],
): Promise<Life> {
  const { node, boot, accelerator } = setting;
  const machine = node.name;
  const program = requireTool("qemu-system-x86_64", `machine ${JSON.stringify(machine)}`);
  const files = machineFiles(folder);
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await requireFreeSpace(files.folder, node.memoryMiB, machine);
  const disks = await planDisks(node, boot, files, layerDisks);
  await Promise.all(disks.map((disk) => createOverlay(disk, machine)));
  const qemu = await startQemu(lease, { program, accelerator, node, boot, files, disks, switches }, deadline);
  return createLife(setting, qemu, { files, switches }, onEnd);
}

/** Where a machine's run has its files and its cables' ends. */
export interface LifePlace {
  readonly files: MachineFiles;
  readonly switches: Seat["switches"];
}

/** How long switches may take to notice its end, in milliseconds. */
const unpluggedMs = 1_000;

/** A machine's run, from its QEMU, recorded from now on. @param printed what it has printed before */
export function createLife(
  { node, trace, stumbles }: Pick<MachineSetting, "node" | "trace" | "stumbles">,
  qemu: QemuProcess,
  { files, switches }: LifePlace,
  onEnd: LifeOptions["onEnd"],
  printed = "",
): Life {
  const machine = node.name;
  qemu.qmp.onEvent(({ event, data }) => trace.add({ type: "qmp", machine, event, data }));
  const record = (line: string): void => {
    trace.add({ type: "console", machine, line });
    trace.console(machine, `${line}\n`);
    stumbles.read(line);
  };
  trace.consolePast(machine, printed);
  const console = new ConsoleLog(record, printed);
  const { agentSocket, copyDisk, qemuLog } = files;
  const isUnplugged = (): Promise<unknown> => unplugged(plugsOf(node, switches), Deadline.after(unpluggedMs));
  return new Life({ machine, qemu, console, agentSocket, copyDisk, qemuLog, unplugged: isUnplugged, onEnd });
}

/** Who is told how a boot goes on. */
export interface BootWatch {
  readonly onPhase: (phase: MachinePhase) => void;
  readonly onNotice: (text: string) => void;
}

/**
 * Waits until the agent of a guest that boots answers, tells the guest who it is, and waits until it has started all that
 * its image wants to be waited for.
 * @param steps `run` lets the guest run; `checkReady` waits for what its author wants to be waited for
 * @throws BOOT_FAILED when the machine ends or refuses its configuration; BOOT_TIMEOUT; ABORTED
 */
export async function bringUp(
  life: Life,
  guest: Pick<MachineSetting, "node" | "boot" | "contents" | "dhcpHeard" | "seat">,
  deadline: Deadline,
  { onPhase, onNotice }: BootWatch,
  { run, checkReady }: { run: () => Promise<unknown>; checkReady?: (() => Promise<void>) | undefined },
): Promise<AgentSession> {
  const { node, boot, contents } = guest;
  let phase: MachinePhase = "booting";
  let session: AgentSession | undefined;
  try {
    onPhase(phase);
    await life.guard(run());
    session = await life.session(deadline);
    onPhase((phase = "configuring"));
    await growDisk(life, session, { node, boot }, deadline);
    // Before its name and its addresses, which let services start that want a network.
    if (contents) await putContents(life, session, { machine: node.name, contents, boot }, deadline);
    await startRouting(life, session, node, deadline);
    await startAsking(life, session, guest, "early", deadline);
    await configure(life, session, node, deadline, onNotice);
    await silenceMirrors(life, session, node, deadline);
    await startAsking(life, session, guest, "late", deadline);
    if (node.interfaces.some(({ dhcp }) => dhcp)) {
      onPhase((phase = "addressing"));
      await awaitAddresses(life, session, guest, deadline);
    }
    if (boot.settled !== undefined) {
      onPhase((phase = "settling"));
      const failed = await settle(life, session, node.name, boot.settled, deadline);
      if (failed.length > 0) onNotice(`${node.name} is up, but failed to start ${failed.join(", ")}`);
    }
    if (checkReady !== undefined) {
      onPhase((phase = "checking"));
      await checkReady();
    }
    onPhase("ready");
    return session;
  } catch (error) {
    const pending = phase === "settling" && session ? await pendingBlock(session, node.name, boot.pending) : [];
    throw bootError(error, life, node.name, phase, deadline, pending);
  }
}

/** How long a guest that is late may take to say what it is still busy with, in milliseconds. */
const pendingMs = 5_000;

async function pendingBlock(session: AgentSession, machine: string, program: BootFiles["pending"]): Promise<string[]> {
  if (program === undefined) return [];
  const none = { lines: [] as string[] };
  const { lines } = await Promise.race([
    printed(session, program).catch(() => none),
    waitFor(pendingMs).then(() => none),
  ]);
  return lines.length === 0 ? [] : [`${machine} is still starting:\n${lines.join("\n")}`];
}

/** Gives a guest its name, its addresses and the time: a guest's clock is whatever its hardware clock emulates. */
async function configure(
  life: Life,
  session: AgentSession,
  node: NodePlan,
  deadline: Deadline,
  onNotice: BootWatch["onNotice"],
): Promise<void> {
  const setClock = async (): Promise<void> => {
    const mended = await mendClock(session, await session.setClock(Date.now()));
    if (mended !== undefined) onNotice(`${node.name}'s ${mended}`);
  };
  const work = Promise.all([session.configure(configurationOf(node)), setClock(), tellOfCores(session, node)]);
  await life.guard(deadline.race(work, () => timeout(node.name, deadline)));
}

/** Where nothing more is known. */
const lateness: Partial<Record<MachinePhase, string>> = {
  booting: "its agent did not answer",
  configuring: "it did not take its configuration",
  settling: "it had not started everything",
  checking: "what `ready` says of it had not come",
};

function bootError(
  error: unknown,
  life: Life,
  machine: string,
  phase: MachinePhase,
  deadline: Deadline,
  pending: readonly string[],
): unknown {
  if (!(error instanceof MachinesError) || error.code === "ABORTED") return error;
  // It names the condition and has all that was seen, the console as well.
  if (phase === "checking" && error.code.startsWith("BOOT_")) return error;
  const facts = { phase, elapsedMs: Math.round(deadline.elapsed) };
  if (error.code === "MACHINE_DOWN") {
    const summary = `${machine} did not boot: ${error.summary.replace(`${machine} is down: `, "")}`;
    return new MachinesError("BOOT_FAILED", summary, {
      machine,
      facts: { ...error.facts, ...facts },
      evidence: error.evidence,
      cause: error,
    });
  }
  // It names the card.
  const late = phase === "addressing" ? error.summary : lateness[phase];
  const evidence = [...pending, consoleBlock(machine, life.console)];
  if (error.code === "AGENT_TIMEOUT" || error.code === "BOOT_TIMEOUT" || deadline.expired) {
    const seconds = (deadline.elapsed / 1000).toFixed(1);
    const summary = `${machine} was not ready within ${seconds} s: ${late ?? phase}.`;
    const hint = "If it was still booting, give it longer with `bootTimeout`, in milliseconds.";
    return new MachinesError("BOOT_TIMEOUT", summary, {
      ...{ machine, hint, cause: error },
      facts: { ...error.facts, ...facts },
      evidence: [...error.evidence, ...evidence],
    });
  }
  const summary = `${machine} did not boot: ${error.summary}`;
  return new MachinesError("BOOT_FAILED", summary, {
    machine,
    facts,
    evidence: [...error.evidence, ...evidence],
    cause: error,
  });
}

function timeout(machine: string, deadline: Deadline): MachinesError {
  return new MachinesError("BOOT_TIMEOUT", `${machine} did not answer within ${Math.round(deadline.elapsed)} ms`, {
    machine,
  });
}
