import { AsyncLocalStorage } from "node:async_hooks";
import { Deadline, MachinesError } from "@vitest-machines/host";
import { rm } from "node:fs/promises";
import type { AgentSession } from "../../agent/session.ts";
import type { MachinePhase } from "../events.ts";
import type { MachineSetting } from "../setting.ts";
import { bringUp, ignite } from "./bring-up.ts";
import { Cables } from "./cables.ts";
import type { Life, LifeOptions } from "./life.ts";
import { prepareRun } from "./prepare-run.ts";
import { downError, notReadyYet, outOfTouch } from "./not-usable.ts";
import type { Move, Seat } from "./seat.ts";

/** A broken conversation with a running guest is taken up again within this time, or the guest hangs. */
const reconnectMs = 30_000;

/** A machine that is ready, and the conversation with it. */
export interface Live {
  readonly life: Life;
  readonly agent: AgentSession;
}

/** Waits until a booted guest is what its author calls ready. */
export type ReadyCheck = (life: Life, deadline: Deadline) => Promise<void>;

/** Whether a machine runs, and the way from off to ready and back. */
export class Power {
  readonly cables: Cables = new Cables();
  readonly #setting: MachineSetting;
  readonly #check: ReadyCheck | undefined;
  /** Within it, verbs are for the ready check of this life, and cannot wait until it is over. */
  readonly #checking = new AsyncLocalStorage<Life>();
  #phase: MachinePhase = "off";
  #life: Life | undefined;
  #igniting: Promise<Life> | undefined;
  #ready: Promise<unknown> | undefined;
  #closed: string | undefined;
  #seat: Seat;
  /** Counts the lives, because the end of a former one says nothing about the present one. */
  #lives = 0;

  /** @param check what is left to wait for when a booted guest answers */
  constructor(setting: MachineSetting, check?: ReadyCheck) {
    this.#setting = setting;
    this.#check = check;
    this.#seat = setting.seat;
  }

  /** Where its processes and files are. */
  get seat(): Seat {
    return this.#seat;
  }

  get phase(): MachinePhase {
    return this.#phase;
  }

  /** The present run of the machine, or its last one. */
  get life(): Life | undefined {
    return this.#life;
  }

  /**
   * Starts QEMU and lets the guest boot; settles when it runs, not when it is ready. Does nothing when it runs already.
   * @param deadline for the whole boot. Default: the cluster's `bootTimeout`
   */
  async start(deadline: Deadline = Deadline.after(this.#setting.bootTimeoutMs)): Promise<void> {
    this.#throwIfClosed();
    if (this.#life && !this.#life.down.aborted) return;
    this.#igniting ??= this.#ignite(deadline).finally(() => (this.#igniting = undefined));
    await this.#igniting;
  }

  /** Waits until the machine has booted, starting it if it never ran. @throws BOOT_FAILED, BOOT_TIMEOUT, MACHINE_DOWN, ABORTED */
  async waitUntilReady(signal?: AbortSignal): Promise<Life> {
    this.#throwIfClosed();
    const checked = this.#checking.getStore();
    if (checked && checked === this.#life && this.#phase === "checking") return checked;
    const waiting = Deadline.never(signal);
    const never = (): Error => new Error("unreachable: an endless deadline expired");
    try {
      if (this.#phase === "off") await waiting.race(this.start(), never);
      await waiting.race(Promise.resolve(this.#igniting), never);
      const life = this.#life;
      await waiting.race(Promise.resolve(this.#ready), never);
      if (!life || life.down.aborted) throw downError(this.#setting.node.name, this.#life);
      return life;
    } catch (error) {
      throw notReadyYet(error, this.#setting.node.name, this.#life);
    }
  }

  /** Waits until it is not between off and running. */
  async settle(): Promise<void> {
    // Its failure is told to whoever started the machine.
    await this.#igniting?.catch(() => undefined);
  }

  /** The conversation with a ready machine. */
  async live(signal?: AbortSignal): Promise<Live> {
    const life = await this.waitUntilReady(signal);
    try {
      return { life, agent: await life.session(Deadline.after(reconnectMs, signal)) };
    } catch (error) {
      throw outOfTouch(error, this.#setting.node.name, life);
    }
  }

  /**
   * Takes a guest that restarts itself back to ready.
   * @param restarted settles when the old guest is gone
   */
  async restart(life: Life, restarted: () => Promise<void>, deadline: Deadline): Promise<AgentSession> {
    const ready = this.#bringUp(life, deadline, async () => {
      await restarted();
      life.hangUp();
    });
    this.#ready = ready;
    return ready;
  }

  /**
   * Lets the machine go on as another one that was loaded from a frozen state, on a seat of its own. Whatever ran is cut
   * off; verbs that are called from now on wait until the new one is ready.
   * @param why follows "it is down:" for whoever still waited for the former one
   * @param wake lets the loaded machine run and makes it ready
   */
  async moveTo(next: Move, why: string, deadline: Deadline): Promise<void> {
    await this.settle();
    this.#throwIfClosed();
    this.#cutOff(why);
    this.#leave(this.#seat);
    const life = this.#begin(deadline, (onEnd) => next.load(onEnd));
    this.#seat = next.seat;
    this.#igniting = life.finally(() => (this.#igniting = undefined));
    this.#ready = life.then(next.wake).then(() => this.#enter("ready", deadline));
    // Whoever waits for it gets the error; nobody may be waiting.
    this.#igniting.catch(() => undefined);
    await this.#ready;
  }

  /** Cuts off whatever runs, and lets the machine be as if it had never run, on a fresh seat. */
  async halt(why: string, seat: Seat): Promise<void> {
    await this.settle();
    this.#cutOff(why);
    this.#lives++;
    await this.#life?.ended;
    this.#life = undefined;
    this.#ready = undefined;
    this.#seat = seat;
    this.#phase = "off";
  }

  /** Lets go of the machine for good: its cluster ends. */
  close(why: string): void {
    this.#closed ??= why;
    this.#life?.expectEnd(why);
    this.#life?.hangUp(why);
    this.#life?.qemu.qmp.close();
  }

  /** Ends what runs, without waiting for it: it has no say any more. */
  #cutOff(why: string): void {
    const life = this.#life;
    if (!life || life.down.aborted) return;
    life.expectEnd(why);
    life.hangUp(why);
    void life.qemu.process.kill("SIGKILL");
  }

  /** A seat that nobody comes back to: what was written to its disks takes room as long as it is there. */
  #leave({ folder }: Seat): void {
    void this.#life?.qemu.process.exited
      .then(() => rm(folder, { recursive: true, force: true }))
      // It goes with the lease, then.
      .catch(() => undefined);
  }

  async #begin(deadline: Deadline, open: (onEnd: LifeOptions["onEnd"]) => Promise<Life>): Promise<Life> {
    const number = ++this.#lives;
    this.#enter("starting", deadline);
    try {
      const life = await open((error, wasAskedFor) => {
        if (number === this.#lives) this.#ended(error, wasAskedFor, deadline);
      });
      await prepareRun(this.#setting, life);
      this.#life = life;
      if (this.#closed !== undefined) life.expectEnd(this.#closed);
      return life;
    } catch (error) {
      this.#enter("off", deadline);
      throw error;
    }
  }

  async #ignite(deadline: Deadline): Promise<Life> {
    const life = await this.#begin(deadline, (onEnd) => ignite(this.#setting, this.#seat, deadline, onEnd));
    this.#ready = this.#bringUp(life, deadline, async () => {
      await this.cables.arrange(life);
      await life.qemu.qmp.execute("cont");
    });
    // Whoever waits for it gets the error; nobody may be waiting.
    this.#ready.catch(() => undefined);
    return life;
  }

  #bringUp(life: Life, deadline: Deadline, run: () => Promise<unknown>): Promise<AgentSession> {
    const onNotice = (text: string): void => this.#setting.report({ type: "notice", text });
    const onPhase = (phase: MachinePhase): void => this.#enter(phase, deadline);
    const check = this.#check;
    const checkReady = check && ((): Promise<void> => this.#checking.run(life, () => check(life, deadline)));
    const guest = { ...this.#setting, seat: this.#seat };
    return bringUp(life, guest, deadline, { onPhase, onNotice }, { run, checkReady });
  }

  #ended(error: MachinesError, wasAskedFor: boolean, deadline: Deadline): void {
    const wasReady = this.#phase === "ready";
    this.#enter("down", deadline);
    if (wasAskedFor) {
      // An end on purpose is what later verbs should hear of, not a boot or reboot that had failed before it.
      this.#ready = undefined;
      return;
    }
    const { trace, report, node } = this.#setting;
    trace.add({ type: "error", machine: node.name, code: error.code, message: error.message });
    // While it boots, the boot itself fails with the reason.
    if (wasReady) report({ type: "machine-down", machine: node.name, error });
  }

  #enter(phase: MachinePhase, deadline: Deadline): void {
    if (this.#phase === phase || (this.#phase === "down" && phase !== "starting")) return;
    this.#phase = phase;
    const { trace, report, node } = this.#setting;
    trace.add({ type: "machine-phase", machine: node.name, phase });
    report({ type: "machine-phase", machine: node.name, phase, elapsedMs: Math.round(deadline.elapsed) });
  }

  #throwIfClosed(): void {
    if (this.#closed === undefined) return;
    const { name } = this.#setting.node;
    throw new MachinesError("HANDLE_MISUSE", `${name} cannot be used any more: ${this.#closed}.`, { machine: name });
  }
}
