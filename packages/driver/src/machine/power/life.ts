import { setMaxListeners } from "node:events";
import { MachinesError, type Deadline } from "@vitest-machines/host";
import { connectAgent } from "../../agent/connect.ts";
import { CopyDisk } from "../../agent/copies/copy-disk.ts";
import { agentLost } from "../../agent/errors.ts";
import type { AgentSession } from "../../agent/session.ts";
import { copyDiskBytes } from "../../qemu/disks/copy-disk.ts";
import { qemuLogTail, type QemuProcess } from "../../qemu/qemu-process.ts";
import type { ConsoleLog } from "../console/console-log.ts";
import { endReason } from "./end-reason.ts";

const consoleTailLines = 20;
/** A dead QEMU's last console bytes, its exit and what switches see of it come within milliseconds of each other, in any order. */
const lastBytesMs = 1_000;
/** Sockets of a QEMU that ends break before its end is known. */
const endKnownMs = 2 * lastBytesMs;

export interface LifeOptions {
  readonly machine: string;
  readonly qemu: QemuProcess;
  readonly console: ConsoleLog;
  readonly agentSocket: string;
  /** The file of the disk that large files are copied over. */
  readonly copyDisk: string;
  readonly qemuLog: string;
  /** Settles when switches have noticed its end, or do not for long. */
  readonly unplugged: () => Promise<unknown>;
  /** Called once when it is over, with the MACHINE_DOWN error, or what was asked for. */
  readonly onEnd: (error: MachinesError, wasAskedFor: boolean) => void;
}

/** One run of a machine, from QEMU's start to its end; a reboot stays within it. */
export class Life {
  readonly #options: LifeOptions;
  readonly #down = new AbortController();
  readonly #copyDisk: CopyDisk;
  #session: AgentSession | undefined;
  #isSessionOver = true;
  #connecting: Promise<AgentSession> | undefined;
  #shutdownReason: string | undefined;
  #askedFor: string | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
    const { qemu, console } = options;
    this.#copyDisk = new CopyDisk(options.copyDisk, copyDiskBytes);
    qemu.console.on("data", (bytes: Buffer) => console.append(bytes));
    // A broken console is one of a QEMU that is gone, which the process's exit tells.
    qemu.console.on("error", () => undefined);
    qemu.qmp.onEvent(({ event, data }) => {
      if (event === "SHUTDOWN") this.#shutdownReason = String(data["reason"]);
    });
    // Each verb that is under way listens, and nobody is kept from calling many at once.
    setMaxListeners(0, this.#down.signal);
    void this.#watch();
  }

  get qemu(): QemuProcess {
    return this.#options.qemu;
  }

  /** The file that QEMU itself prints into. */
  get qemuLog(): string {
    return this.#options.qemuLog;
  }

  get console(): ConsoleLog {
    return this.#options.console;
  }

  /** Fires when the machine is down, with the MACHINE_DOWN error as its reason. */
  get down(): AbortSignal {
    return this.#down.signal;
  }

  /** Settles when it is down. */
  get ended(): Promise<void> {
    return aborted(this.down);
  }

  /** Notes that the end which is about to come is wanted, and why. */
  expectEnd(why: string): void {
    this.#askedFor ??= why;
  }

  /** The conversation with the agent, opened anew when the last one broke. @throws AGENT_TIMEOUT, AGENT_LOST, MACHINE_DOWN */
  async session(deadline: Deadline): Promise<AgentSession> {
    if (this.#session && !this.#isSessionOver) return this.#session;
    this.#connecting ??= this.#connect(deadline).finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  /** Forgets the conversation with a guest that is being restarted or replaced. @param why for whoever still waits for an answer */
  hangUp(why?: string): void {
    this.#isSessionOver = true;
    this.#session?.close(why === undefined ? undefined : agentLost(why));
  }

  /** Stops the machine and lets go of it: QEMU then takes another caller. */
  async suspend(): Promise<void> {
    const { qmp, console } = this.#options.qemu;
    await this.guard(qmp.execute("stop"));
    this.hangUp("it was suspended");
    qmp.close();
    console.destroy();
  }

  /** Waits for `work`, but no longer than the machine lives. @throws MACHINE_DOWN as soon as it is down */
  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await untilAborted(work, this.down);
    } catch (error) {
      // It may be only a symptom of the end.
      if (!(error instanceof MachinesError && ["AGENT_LOST", "QMP_FAILED"].includes(error.code))) throw error;
      await Promise.race([this.ended, new Promise((resolve) => setTimeout(resolve, endKnownMs))]);
      this.down.throwIfAborted();
      throw error;
    }
  }

  async #connect(deadline: Deadline): Promise<AgentSession> {
    const session = await this.guard(connectAgent(this.#options.agentSocket, { deadline, copyDisk: this.#copyDisk }));
    this.#session = session;
    this.#isSessionOver = false;
    void session.ended.then(() => {
      if (this.#session === session) this.#isSessionOver = true;
    });
    return session;
  }

  async #watch(): Promise<void> {
    const { machine, qemu, console, qemuLog, unplugged, onEnd } = this.#options;
    const status = await qemu.process.exited;
    const consoleClosed = new Promise((resolve) =>
      qemu.console.closed ? resolve(true) : qemu.console.once("close", resolve),
    );
    const settled = Promise.all([consoleClosed, unplugged()]);
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, lastBytesMs))]);
    this.hangUp();
    const wasAskedFor = this.#askedFor !== undefined;
    const why = this.#askedFor ?? endReason({ shutdownReason: this.#shutdownReason, status, console: console.text });
    const evidence = wasAskedFor
      ? []
      : [...(this.#shutdownReason === undefined ? await qemuLogTail(qemuLog) : []), consoleBlock(machine, console)];
    const facts = { exitCode: status.exitCode, signal: status.signal, reason: this.#shutdownReason ?? null };
    const error = new MachinesError("MACHINE_DOWN", `${machine} is down: ${why}.`, { machine, facts, evidence });
    this.#down.abort(error);
    onEnd(error, wasAskedFor);
  }
}

/** The end of a console as an evidence block. */
export function consoleBlock(machine: string, console: ConsoleLog, lines: number = consoleTailLines): string {
  const text = console.tail(lines);
  return text === "" ? `${machine}'s console: nothing was printed` : `${machine}'s console, last lines:\n${text}`;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
    // The loser must not surface as an unhandled rejection.
    work.catch(() => undefined);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
