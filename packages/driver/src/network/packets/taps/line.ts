import { Deadline, isMachinesError, MachinesError } from "@vitest-machines/host";
import { readFile } from "node:fs/promises";
import type { QmpClient } from "../../../qemu/qmp/client.ts";
import type { Addressed, Card } from "../address-book.ts";
import { GuestClock, timerMs, type ClockReading } from "./guest-clock.ts";
import type { TapFile } from "./tap-file.ts";

/** Where the ACPI timer of machine `pc` is. Reading it changes nothing. */
const timerPort = "0x608";
const timerBits = 0xffffff;
/** QEMU answers within a millisecond, unless it is stopped from outside. */
const answerMs = 10_000;
/** The quickest answer of some tells the time best: to half of what it took. On a busy host most take long. */
const mostReadings = 20;
const quickMs = 0.3;

/** A QEMU whose cards can be tapped. */
export interface Tappable {
  readonly node: Addressed;
  readonly qmp: QmpClient;
  /** What QEMU itself prints. */
  readonly log: string;
  /** Fires when it is gone. */
  readonly down: AbortSignal;
}

/** The taps on the cards of one QEMU. What they record is seen before any switch or fault on the way has a say. */
export class Line {
  readonly #target: Tappable;
  readonly #taps = new Map<number, Promise<readonly TapFile[]>>();
  #clock: Promise<GuestClock> | undefined;

  constructor(target: Tappable) {
    this.#target = target;
  }

  /** Its cards, in the order of QEMU's names for them. */
  get cards(): readonly Card[] {
    const { name, interfaces } = this.#target.node;
    return interfaces.map(({ vlan, mac, name: of }) => ({ machine: name, interface: of, vlan, mac }));
  }

  get isUp(): boolean {
    return !this.#target.down.aborted;
  }

  /**
   * Begins to record what passes a card, unless that is done already.
   * @param name of the two files, without their ends
   * @throws CAPTURE_FAILED
   */
  async tap(index: number, name: () => string): Promise<readonly TapFile[]> {
    let tap = this.#taps.get(index);
    if (!tap) {
      tap = this.#open(index, name());
      this.#taps.set(index, tap);
      tap.catch(() => this.#taps.delete(index));
    }
    return tap;
  }

  /** Records no more of what passes a card. What was recorded can be read on. */
  async untap(index: number): Promise<void> {
    const tap = this.#taps.get(index);
    this.#taps.delete(index);
    if (!(await tap)) return;
    await this.#ask(() => Promise.all(directions.map(({ queue }) => this.#drop(index, queue))));
  }

  /** Settles when what the guest had sent, or got, before the call is in the files. @throws CAPTURE_FAILED when it is not */
  async sync(): Promise<void> {
    if (this.#taps.size === 0) return;
    // QEMU answers in the loop that also writes packets.
    await this.#ask(() => this.#target.qmp.execute("query-status"));
    const { node, log } = this.#target;
    const words = await readFile(log, "utf8").catch(() => "");
    if (!words.includes("network dump write error")) return;
    const summary = `not all packets of ${node.name} could be recorded: QEMU could not write them, and has stopped.`;
    throw new MachinesError("CAPTURE_FAILED", summary, { machine: node.name, evidence: [words.trim()] });
  }

  async #open(index: number, name: string): Promise<readonly TapFile[]> {
    const card = this.cards[index];
    if (!card) throw new Error(`${this.#target.node.name} has no card ${index}`);
    const clock = await (this.#clock ??= this.#watchClock());
    const { qmp } = this.#target;
    const files: TapFile[] = [];
    try {
      for (const { queue, direction } of directions) {
        const path = `${name}.${direction}.pcap`;
        const before = Math.floor(Date.now() / 1000);
        const filter = { "qom-type": "filter-dump", id: idOf(index, queue), netdev: `vlan${index}`, queue, file: path };
        await qmp.execute("object-add", filter);
        const after = Math.floor(Date.now() / 1000);
        files.push({ path, card, direction, clock, seconds: [...new Set([before, after])] });
      }
      return files;
    } catch (error) {
      if (files.length > 0) await this.#ask(() => this.#drop(index, directions[0].queue));
      throw failed(card, error);
    }
  }

  async #drop(index: number, queue: string): Promise<void> {
    await this.#target.qmp.execute("object-del", { id: idOf(index, queue) });
  }

  /** A QEMU that ends meanwhile has done what was asked. */
  async #ask(question: () => Promise<unknown>): Promise<void> {
    if (!this.isUp) return;
    const { name } = this.#target.node;
    const silent = (): Error =>
      new MachinesError("CAPTURE_FAILED", `${name}: QEMU does not answer.`, { machine: name });
    try {
      await Deadline.after(answerMs).race(question(), silent);
    } catch (error) {
      if (!isMachinesError(error) || error.code !== "QMP_FAILED" || error.facts["command"] !== undefined) throw error;
    }
  }

  async #watchClock(): Promise<GuestClock> {
    const { qmp, down } = this.#target;
    const moves: { event: string; at: number }[] = [];
    const read: { clock?: GuestClock } = {};
    const move = ({ event, at }: { event: string; at: number }): void => {
      if (event === "STOP") read.clock?.stop(at);
      if (event === "RESUME") read.clock?.resume(at);
    };
    const unwatch = qmp.onEvent((event) => (read.clock ? move(event) : moves.push(event)));
    down.addEventListener("abort", unwatch, { once: true });
    const { askedAt, ...reading } = await readClock(qmp);
    const clock = new GuestClock(reading);
    read.clock = clock;
    moves.filter(({ at }) => at > askedAt).forEach(move);
    return clock;
  }
}

/** QEMU's queues are named as its switch's cable sees them: what it transmits is what the guest gets. */
const directions = [
  { queue: "rx", direction: "out" },
  { queue: "tx", direction: "in" },
] as const;

function idOf(index: number, queue: string): string {
  return `tap${index}-${queue}`;
}

async function readClock(qmp: QmpClient): Promise<ClockReading & { askedAt: number }> {
  const askedAt = wallClock();
  const { running } = await qmp.execute<{ running: boolean }>("query-status");
  const readings: (ClockReading & { askedAt: number; took: number })[] = [];
  while (readings.length < mostReadings && !readings.some(({ took }) => took <= quickMs)) {
    const before = wallClock();
    const text = await qmp.execute<string>("human-monitor-command", { "command-line": `i /w ${timerPort}` });
    const took = wallClock() - before;
    readings.push({ wall: before + took / 2, guest: timerIn(text), isRunning: running, askedAt, took });
  }
  return readings.reduce((a, b) => (b.took < a.took ? b : a));
}

/** Undefined for machines without that timer, where nothing answers at the port. */
function timerIn(text: string): number | undefined {
  const [, digits] = /= 0x([\da-f]+)/.exec(text) ?? [];
  const ticks = Number.parseInt(digits ?? "", 16);
  return ticks <= timerBits ? timerMs(ticks) : undefined;
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

function failed({ machine, interface: card }: Card, cause: unknown): MachinesError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MachinesError("CAPTURE_FAILED", `packets of ${machine}'s ${card} cannot be captured: ${why}`, {
    machine,
    cause,
  });
}
