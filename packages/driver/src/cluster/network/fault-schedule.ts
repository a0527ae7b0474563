import { setTimeout as waitFor } from "node:timers/promises";
import { describeFault } from "../../network/faults/describe.ts";
import type { Fault } from "../../network/faults/fault.ts";
import { faultsOf, type Schedule, type ScheduledFault } from "../../network/faults/schedule.ts";

/** What brings one fault about, and takes it back. */
export type Inject = (fault: Fault) => Promise<{ heal(): Promise<void> }>;

/** Random faults that come and go by themselves, until its scope ends (`await using`) or it is stopped. */
export class FaultSchedule implements AsyncDisposable {
  /** What it can be replayed with. */
  readonly seed: number;
  readonly #begun: ScheduledFault[] = [];
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  readonly #onStop: (stopped: FaultSchedule) => void;

  /** @param onStop is told of its end before anybody waits for it */
  constructor(schedule: Schedule, inject: Inject, onStop: (stopped: FaultSchedule) => void) {
    this.#onStop = onStop;
    this.seed = schedule.seed;
    this.#running = this.#run(schedule, inject);
    // Told by stop().
    this.#running.catch(() => undefined);
  }

  /** The faults that have begun so far, with their times in milliseconds from its beginning, as planned. */
  get history(): readonly ScheduledFault[] {
    return this.#begun;
  }

  /** Heals its fault and begins no further one. Idempotent. @throws what a fault of it could not be brought about for */
  stop(): Promise<void> {
    this.#onStop(this);
    this.#end.abort();
    return this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Lines for a report. */
  describe(): string[] {
    const lines = this.#begun.map(({ at, until, fault }) => `  ${at}–${until} ms: ${describeFault(fault)}`);
    return [`A schedule of faults, which seed: ${this.seed} replays:`, ...lines];
  }

  async #run(schedule: Schedule, inject: Inject): Promise<void> {
    const startedAt = performance.now();
    const until = async (at: number): Promise<void> => {
      const left = at - (performance.now() - startedAt);
      if (left > 0) await waitFor(left, undefined, { signal: this.#end.signal, ref: false }).catch(() => undefined);
    };
    for (const one of faultsOf(schedule)) {
      await until(one.at);
      if (this.#end.signal.aborted) return;
      this.#begun.push(one);
      const injected = await inject(one.fault);
      await until(one.until);
      await injected.heal();
    }
  }
}
