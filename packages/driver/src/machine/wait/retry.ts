import { Deadline, invalid, isMachinesError, MachinesError, type ErrorCode } from "@vitest-machines/host";
import { delayAfter } from "./poll.ts";
import { abortionIn } from "./wait-timeout.ts";

/** As for every wait of a machine: what hangs for ever still ends in an error. */
const defaultTimeoutMs = 900_000;
/** What no later attempt can mend. */
const hopeless: readonly ErrorCode[] = [
  "CONDITION_FAILED",
  "DECLARATION_INVALID",
  "HANDLE_MISUSE",
  "KEEPER_LOST",
  "MACHINE_DOWN",
];

/** What an attempt of {@link retry} is told. */
export interface Attempt {
  /** 1, 2, … */
  readonly number: number;
  /** Of the whole time, in milliseconds. */
  readonly remaining: number;
  /** None follows: time to say more about what is wrong. */
  readonly isLast: boolean;
  /** Fires when the time is over, or the caller's signal fires: what the attempt still does is not waited for then. */
  readonly signal: AbortSignal;
}

export interface RetryOptions {
  /** For all attempts, in milliseconds. Default 900 000 (15 min). */
  timeout?: number | undefined;
  /** Between the end of an attempt and the next, in milliseconds. Default: 20 at first, more and more, 1 000 later. */
  interval?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `attempt` again and again until it succeeds: by returning anything but `false`, `null`, `0` or `""`, or nothing at
 * all, as a function of assertions does. An attempt that throws, a failed assertion for example, is made again; the last thing that was thrown is then the `cause` of
 * the time-out. What no attempt can mend ends it at once: a machine that is down, or a handle that is misused.
 * @returns what the attempt returned that succeeded
 * @throws WAIT_TIMEOUT, ABORTED when the signal fires, DECLARATION_INVALID
 */
export async function retry<T>(attempt: (about: Attempt) => T | Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { timeout = defaultTimeoutMs, interval } = options;
  requireDuration("timeout", timeout);
  if (interval !== undefined) requireDuration("interval", interval);
  const over = new AbortController();
  const deadline = Deadline.after(timeout, options.signal);
  let seen: Seen | undefined;
  let isLast = false;
  try {
    for (let number = 1; ; number++) {
      const about = { number, remaining: deadline.remaining, isLast, signal: over.signal };
      const outcome = await deadline.race(outcomeOf(attempt, about), () => new OutOfTime());
      if ("value" in outcome && isSuccess(outcome.value)) return outcome.value;
      seen = { attempts: number, ...described(outcome) };
      if (isLast || deadline.expired) throw new OutOfTime();
      const pause = interval ?? delayAfter(number);
      // The last attempt is made while there is time for it.
      isLast = deadline.remaining <= 2 * pause;
      await deadline.sleep(isLast ? deadline.remaining / 2 : pause);
    }
  } catch (error) {
    const aborted = abortionIn(error);
    if (error instanceof OutOfTime || (aborted && options.signal?.aborted))
      throw inVain(seen ?? nothingSeen, deadline, aborted);
    throw error;
  } finally {
    over.abort(new Error("the time to retry is over"));
  }
}

/** Marks our own deadline among everything that an attempt may throw. */
class OutOfTime extends Error {}

interface Seen {
  readonly attempts: number;
  /** What the last attempt came to, in words. */
  readonly last: string;
  readonly cause: unknown;
}

const nothingSeen: Seen = { attempts: 0, last: "had not ended", cause: undefined };

type Outcome<T> = { readonly value: T } | { readonly thrown: unknown };

async function outcomeOf<T>(attempt: (about: Attempt) => T | Promise<T>, about: Attempt): Promise<Outcome<T>> {
  try {
    return { value: await attempt(about) };
  } catch (thrown) {
    if (isMachinesError(thrown) && hopeless.includes(thrown.code)) throw thrown;
    return { thrown };
  }
}

function isSuccess(value: unknown): boolean {
  return value === undefined || Boolean(value);
}

function described(outcome: Outcome<unknown>): Omit<Seen, "attempts"> {
  if ("value" in outcome) return { last: `returned ${JSON.stringify(outcome.value)}`, cause: undefined };
  const { thrown } = outcome;
  return { last: `threw ${thrown instanceof Error ? thrown.message : String(thrown)}`, cause: thrown };
}

function inVain(
  { attempts, last, cause }: Seen,
  deadline: Deadline,
  aborted: MachinesError | undefined,
): MachinesError {
  const seconds = (deadline.elapsed / 1000).toFixed(1);
  const tries = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const why = aborted ? `: ${aborted.cause instanceof Error ? aborted.cause.message : aborted.summary}` : "";
  return new MachinesError(aborted ? "ABORTED" : "WAIT_TIMEOUT", `retried for ${seconds} s in vain (${tries})${why}.`, {
    cause: cause ?? aborted?.cause,
    facts: { attempts, elapsedMs: Math.round(deadline.elapsed) },
    evidence: [`The last attempt ${last}`],
  });
}

function requireDuration(path: string, value: unknown): void {
  if (typeof value === "number" && value >= 0) return;
  throw invalid({ path, value, reason: "is not a duration", valid: "milliseconds, 0 or more" });
}
