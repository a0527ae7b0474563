import { Deadline, MachinesError } from "@vitest-machines/host";
import { AsyncLocalStorage } from "node:async_hooks";
import { abortionIn } from "../wait/wait-timeout.ts";
import { PollingCondition, type Check, type PollingConditionOptions } from "./polling-condition.ts";

/** What has to hold while the machines of a cluster are used. Looks only while a verb runs, so that there is no timer otherwise. */
export class Conditions {
  readonly #all = new Set<PollingCondition>();
  /** Verbs under way. */
  readonly #verbs = new Set<AbortController>();
  /** Within a check: the signal that ends its verbs. */
  readonly #checking = new AsyncLocalStorage<AbortSignal>();
  #timer: NodeJS.Timeout | undefined;
  #isPaused = false;
  /** How often the machines were replaced. */
  #pauses = 0;

  /** @throws DECLARATION_INVALID */
  add(name: string, check: Check, options?: PollingConditionOptions): PollingCondition {
    const run = (signal: AbortSignal, check: Check): Promise<unknown> =>
      this.#checking.run(signal, async () => await check());
    const condition = new PollingCondition(name, check, run, options);
    if (condition.over.aborted) return condition;
    this.#all.add(condition);
    condition.over.addEventListener("abort", () => {
      this.#all.delete(condition);
      this.#schedule();
    });
    this.#schedule();
    return condition;
  }

  /**
   * Runs a verb: what is due is looked at before it, and while it runs.
   * @param callersSignal gives up the look before it
   * @param run gets what ends the verb when a condition fails; undefined when there is none
   * @throws CONDITION_FAILED, and what the verb throws
   */
  watch<T>(
    callersSignal: AbortSignal | undefined,
    run: (signal: AbortSignal | undefined) => T,
  ): T | Promise<Awaited<T>> {
    const checking = this.#checking.getStore();
    if (checking || this.#all.size === 0) return run(checking);
    return this.#watch(callersSignal, run);
  }

  /** Runs what replaces the machines: no check could tell anything meanwhile. */
  async pause<T>(run: () => Promise<T>): Promise<T> {
    this.#isPaused = true;
    this.#pauses++;
    try {
      return await run();
    } finally {
      this.#isPaused = false;
      this.#schedule();
    }
  }

  /** Ends them all. */
  end(): void {
    for (const condition of [...this.#all]) condition.end();
  }

  async #watch<T>(callersSignal: AbortSignal | undefined, run: (signal: AbortSignal) => T): Promise<Awaited<T>> {
    const verb = new AbortController();
    this.#verbs.add(verb);
    try {
      await Deadline.never(callersSignal).race(this.#look(), () => new Error("unreachable: it has no limit"));
      this.#schedule();
      verb.signal.throwIfAborted();
      const result = await run(verb.signal);
      verb.signal.throwIfAborted();
      return result;
    } catch (error) {
      const aborted = abortionIn(error);
      throw verb.signal.aborted && aborted ? interrupted(verb.signal.reason as MachinesError, aborted) : error;
    } finally {
      this.#verbs.delete(verb);
      this.#schedule();
    }
  }

  /** Looks at what is due, and ends every verb that is under way when something does not hold. */
  async #look(): Promise<void> {
    if (this.#isPaused) return;
    const pauses = this.#pauses;
    await Promise.all([...this.#all].filter(({ dueInMs }) => dueInMs === 0).map((condition) => condition.look()));
    // What was looked at is gone when its machines were replaced meanwhile.
    if (pauses !== this.#pauses) for (const condition of this.#all) condition.forget();
    // Nobody would be told.
    if (this.#verbs.size === 0) return;
    for (const condition of this.#all) {
      const failure = condition.takeFailure();
      if (failure) for (const verb of this.#verbs) verb.abort(failure);
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#verbs.size === 0 || this.#isPaused) return;
    const dueInMs = Math.min(...[...this.#all].map((condition) => condition.dueInMs));
    if (dueInMs === Infinity) return;
    this.#timer = setTimeout(() => void this.#look().then(() => this.#schedule()), dueInMs);
  }
}

/** What failed, and what it has cut short. */
function interrupted({ code, summary, facts, evidence, cause }: MachinesError, verb: MachinesError): MachinesError {
  return new MachinesError(code, summary, { facts, evidence: [...evidence, ...verb.evidence], cause });
}
