import { setMaxListeners } from "node:events";
import { MachinesError } from "../errors/machines-error.ts";

/**
 * One point in time and one abort signal, passed through every call of an operation, so that the first cause wins and
 * nested waits can never outlive the operation that they serve. Times are milliseconds on the monotonic clock.
 */
export class Deadline {
  /** Monotonic time (`performance.now()`) at which it expires; Infinity for never. */
  readonly at: number;
  readonly startedAt: number;
  readonly signal: AbortSignal | undefined;

  private constructor(at: number, startedAt: number, signal: AbortSignal | undefined) {
    // As many wait as there are machines: that is no leak, and Node would warn of one from eleven on.
    if (signal) setMaxListeners(0, signal);
    this.at = at;
    this.startedAt = startedAt;
    this.signal = signal;
  }

  /** A deadline `milliseconds` from now; Infinity means only the signal ends it. */
  static after(milliseconds: number, signal?: AbortSignal): Deadline {
    const now = performance.now();
    return new Deadline(now + milliseconds, now, signal);
  }

  static never(signal?: AbortSignal): Deadline {
    return Deadline.after(Infinity, signal);
  }

  /** The earlier of this deadline and one `milliseconds` from now, with the same signal. */
  within(milliseconds: number): Deadline {
    const now = performance.now();
    return new Deadline(Math.min(this.at, now + milliseconds), now, this.signal);
  }

  get remaining(): number {
    return Math.max(0, this.at - performance.now());
  }

  get elapsed(): number {
    return performance.now() - this.startedAt;
  }

  get expired(): boolean {
    return performance.now() >= this.at;
  }

  /** @throws MachinesError ABORTED when the signal has fired */
  throwIfAborted(): void {
    if (this.signal?.aborted) throw abortedError(this.signal);
  }

  /**
   * Waits for `work`, at most until the deadline.
   * @throws what `onTimeout` returns when time runs out first; ABORTED when the signal fires first
   */
  async race<T>(work: Promise<T>, onTimeout: () => Error): Promise<T> {
    this.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      // Timers above 2^31-1 ms fire at once in Node, so an unreachable deadline simply has none.
      if (this.remaining < 2 ** 31) {
        timer = setTimeout(() => reject(onTimeout()), this.remaining);
      }
      if (this.signal) {
        const signal = this.signal;
        onAbort = () => reject(abortedError(signal));
        signal.addEventListener("abort", onAbort, { once: true });
      }
    });
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
      if (onAbort) this.signal?.removeEventListener("abort", onAbort);
      // The loser must not surface as an unhandled rejection.
      limit.catch(() => undefined);
      work.catch(() => undefined);
    }
  }

  /** Sleeps at most until the deadline. @throws ABORTED when the signal fires */
  async sleep(milliseconds: number): Promise<void> {
    const time = Math.min(milliseconds, this.remaining);
    await Deadline.after(Infinity, this.signal).race(
      new Promise<void>((resolve) => setTimeout(resolve, time)),
      () => new Error("unreachable: an endless deadline expired"),
    );
  }
}

function abortedError(signal: AbortSignal): MachinesError {
  const reason: unknown = signal.reason;
  const why = reason instanceof Error ? reason.message : "the caller's signal fired";
  return new MachinesError("ABORTED", `stopped waiting: ${why}`, { cause: reason });
}
