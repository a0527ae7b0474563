import { Deadline, MachinesError } from "@vitest-machines/host";
import type { VerbOptions } from "../../machine/options.ts";
import type { Fault } from "../../network/faults/fault.ts";

/** A fault that is there now. */
export interface ActiveFault {
  /** Of this fault, in whatever checkpoint it is. */
  readonly id: string;
  readonly fault: Fault;
}

/** Faults as they were at some moment. */
export interface FaultMark {
  readonly active: readonly ActiveFault[];
  /** Counts how often the machines were taken to another moment. */
  readonly era: number;
}

/** The faults that a cluster has now, and the way to other ones: one change after the other. */
export class FaultBoard {
  readonly #realize: (faults: readonly Fault[]) => Promise<void>;
  #active: readonly ActiveFault[] = [];
  #era = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param realize makes the network what the faults say */
  constructor(realize: (faults: readonly Fault[]) => Promise<void>) {
    this.#realize = realize;
  }

  get active(): readonly ActiveFault[] {
    return this.#active;
  }

  /**
   * Changes what there is. A change that has begun is brought to its end; one that does not work is taken back.
   * @throws what `decide` throws; SWITCH_FAILED, TOOL_MISSING, ABORTED
   */
  change(
    decide: (before: readonly ActiveFault[]) => readonly ActiveFault[],
    { signal, timeout = Infinity }: VerbOptions = {},
  ): Promise<void> {
    const deadline = Deadline.after(timeout, signal);
    return deadline.race(
      this.#inTurn(async () => {
        deadline.throwIfAborted();
        const before = this.#active;
        this.#active = decide(before);
        try {
          await this.#realizeNow();
        } catch (error) {
          this.#active = before;
          // What fails here, too, fails in the way that is told already.
          await this.#realizeNow().catch(() => undefined);
          throw error;
        }
      }),
      () => new MachinesError("WAIT_TIMEOUT", `the network was not changed within ${timeout} ms`),
    );
  }

  /** Looks again at what there is: machines may have come or gone. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#realizeNow());
  }

  /** At another moment of the machines there are other faults. */
  moveTo(active: readonly ActiveFault[]): Promise<void> {
    return this.#inTurn(async () => {
      this.#era++;
      this.#active = active;
      await this.#realizeNow();
    });
  }

  mark(): FaultMark {
    return { active: this.#active, era: this.#era };
  }

  /** Takes back what came after `mark`. What ended since is back, unless the machines were taken to another moment meanwhile. */
  rewind({ active, era }: FaultMark): Promise<void> {
    const ids = new Set(active.map(({ id }) => id));
    return this.change((now) => (era === this.#era ? active : now.filter(({ id }) => ids.has(id))));
  }

  #realizeNow(): Promise<void> {
    return this.#realize(this.#active.map(({ fault }) => fault));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work);
    this.#last = done;
    done.catch(() => undefined);
    return done;
  }
}
