import { Deadline, invalid, isMachinesError, MachinesError } from "@vitest-machines/host";
import { retry } from "../wait/retry.ts";
import type { VerbOptions } from "../options.ts";

const defaultIntervalMs = 2_000;

export interface PollingConditionOptions {
  /** How old a look may be before a verb looks again, in milliseconds. Default 2 000. */
  interval?: number | undefined;
  /** Ends the condition. */
  signal?: AbortSignal | undefined;
}

/** Looks whether a condition holds. Returning nothing says yes; `false`, and whatever is thrown, says no. */
export type Check = () => unknown;

/** Runs a check; its verbs look at no condition, and end with the signal. */
export type RunCheck = (signal: AbortSignal, check: Check) => Promise<unknown>;

/** Something that has to hold while a cluster's machines are used. It ends with its scope (`await using`) or by `end()`. */
export class PollingCondition implements AsyncDisposable {
  readonly name: string;
  readonly #check: Check;
  readonly #run: RunCheck;
  readonly #intervalMs: number;
  readonly #over = new AbortController();
  #running: Promise<void> | undefined;
  #beganAt = -Infinity;
  #lookedAt = -Infinity;
  /** It waits for its beginning, and is no condition yet. */
  #waits = 0;
  /** What nobody has been told yet. */
  #failure: MachinesError | undefined;
  /** Somebody has been told that it does not hold, and it has not held since. */
  #isTold = false;

  constructor(name: string, check: Check, run: RunCheck, options: PollingConditionOptions = {}) {
    const { interval = defaultIntervalMs, signal } = options;
    if (typeof name !== "string" || name === "") {
      throw invalid({
        path: "name",
        value: name,
        reason: "is no name for a condition",
        valid: 'such as "nginx serves"',
      });
    }
    if (!(typeof interval === "number" && interval >= 0)) {
      const valid = "milliseconds, 0 or more";
      throw invalid({ path: "interval", value: interval, reason: "is not a duration", valid });
    }
    this.name = name;
    this.#check = check;
    this.#run = run;
    this.#intervalMs = interval;
    const onAbort = (): void => this.#over.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.over.addEventListener("abort", () => signal?.removeEventListener("abort", onAbort), { once: true });
  }

  /** Fires when it has ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Until the next look, in milliseconds; Infinity when there will be none. */
  get dueInMs(): number {
    if (this.over.aborted || this.#waits > 0) return Infinity;
    return Math.max(0, this.#lookedAt + this.#intervalMs - performance.now());
  }

  /** Waits until it holds, looking again and again. @throws WAIT_TIMEOUT, ABORTED when it ends meanwhile */
  async wait(options: VerbOptions = {}): Promise<void> {
    const signal = options.signal ? AbortSignal.any([this.over, options.signal]) : this.over;
    this.#waits++;
    try {
      await retry(async (attempt) => (await this.#run(attempt.signal, this.#check)) !== false, { ...options, signal });
      this.#lookedAt = performance.now();
      this.#failure = undefined;
      this.#isTold = false;
    } catch (error) {
      if (!isMachinesError(error) || !["WAIT_TIMEOUT", "ABORTED"].includes(error.code)) throw error;
      const { code, summary, facts, evidence, cause } = error;
      throw new MachinesError(code, `condition ${JSON.stringify(this.name)}: ${summary}`, { facts, evidence, cause });
    } finally {
      this.#waits--;
    }
  }

  /**
   * Looks at once. A look that is under way counts if it is not too old: one that began before what a verb comes after may
   * have seen what was so before that.
   * @param since when a look must have begun
   */
  look(since: number = performance.now() - this.#intervalMs): Promise<void> {
    if (this.#running && this.#beganAt < since) return this.#running.then(() => this.look(since));
    if (this.over.aborted) return this.#running ?? Promise.resolve();
    this.#running ??= this.#look().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** How it failed, if nobody has been told that yet. */
  takeFailure(): MachinesError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) this.#isTold = true;
    return failure;
  }

  /** What was seen counts no more, and is due to be looked at. */
  forget(): void {
    this.#failure = undefined;
    this.#lookedAt = -Infinity;
  }

  /** Nobody looks any more. */
  end(): void {
    this.#over.abort(new Error(`the condition ${JSON.stringify(this.name)} has ended`));
  }

  /** Ends it. @throws CONDITION_FAILED when it has failed and no verb has told so */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.#running;
    if (this.#failure && !this.#isTold) throw this.#failure;
  }

  async #look(): Promise<void> {
    this.#beganAt = performance.now();
    const limit = Deadline.never(this.over);
    try {
      const held = await limit.race(this.#run(this.over, this.#check), () => new Error("unreachable: it has no limit"));
      if (held === false) this.#failure = this.#failed("its check returned false");
      else this.#isTold = false;
    } catch (error) {
      if (!this.over.aborted) this.#failure = this.#failed("its check threw", error);
    }
    this.#lookedAt = performance.now();
  }

  #failed(why: string, cause?: unknown): MachinesError {
    const words = cause instanceof Error ? [`The check threw: ${cause.message}`] : [];
    const summary = `the condition ${JSON.stringify(this.name)} does not hold: ${why}.`;
    return new MachinesError("CONDITION_FAILED", summary, { facts: { condition: this.name }, evidence: words, cause });
  }
}
