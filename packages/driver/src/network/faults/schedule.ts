import { invalid, onlyKnown } from "@vitest-machines/host";
import type { Fault } from "./fault.ts";
import { milliseconds, type Duration } from "./quantities.ts";

/** Random faults, one after the other. */
export interface ScheduleOptions {
  /** The same seed gives the same faults at the same times. A whole number from 0 to 2^32 - 1. Default: one by chance. */
  seed?: number | undefined;
  /** From the beginning of one fault to that of the next, `"2s"` for example; up to an hour. The first begins at once. */
  every: Duration;
  /** How long each fault lasts, up to `every`. Default: until the next begins. */
  lasts?: Duration | undefined;
  /** What is drawn from, each with the same chance, whatever came before. */
  from: readonly Fault[];
}

/** A schedule that can be carried out. */
export interface Schedule {
  readonly seed: number;
  readonly everyMs: number;
  readonly lastsMs: number;
  readonly from: readonly Fault[];
}

/** One fault of a schedule; times are milliseconds from its beginning. */
export interface ScheduledFault {
  readonly at: number;
  readonly until: number;
  readonly fault: Fault;
}

const mostMs = 3_600_000;
const seeds = 2 ** 32;

/** @throws DECLARATION_INVALID */
export function scheduleOf(options: ScheduleOptions, path: string): Schedule {
  if (Object.prototype.toString.call(options) !== "[object Object]") {
    const reason = "is no schedule of faults";
    throw invalid({ path, value: options, reason, valid: "an object with every and from, and perhaps seed and lasts" });
  }
  onlyKnown(path, options, ["seed", "every", "lasts", "from"]);
  const { seed = Math.floor(Math.random() * seeds), every, lasts = every, from } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed >= seeds) {
    const valid = "a whole number from 0 to 4294967295";
    throw invalid({ path: `${path}.seed`, value: seed, reason: "is no seed", valid });
  }
  const everyMs = milliseconds(every, `${path}.every`, mostMs);
  if (everyMs < 1) throw invalid({ path: `${path}.every`, value: every, reason: "is too short", valid: "from 1ms on" });
  const lastsMs = milliseconds(lasts, `${path}.lasts`, everyMs);
  if (!Array.isArray(from) || from.length === 0) {
    const valid = 'one fault or more, such as fault.loss("20%")';
    throw invalid({ path: `${path}.from`, value: from, reason: "is nothing to draw from", valid });
  }
  const stray = from.findIndex((one: unknown) => typeof one !== "object" || one === null || !("kind" in one));
  if (stray >= 0) {
    const value: unknown = from[stray];
    throw invalid({ path: `${path}.from[${stray}]`, value, reason: "is no fault", valid: 'such as fault.loss("20%")' });
  }
  return { seed, everyMs, lastsMs, from };
}

/** The faults of a schedule, without end. They follow from the schedule alone. Pure. */
export function* faultsOf({ seed, everyMs, lastsMs, from }: Schedule): Generator<ScheduledFault, never> {
  const draw = randomNumbers(seed);
  for (let at = 0; ; at += everyMs) {
    const fault = from[Math.floor(draw() * from.length)];
    if (!fault) throw new Error("a schedule has faults to draw from");
    yield { at, until: at + lastsMs, fault };
  }
}

/** Numbers from 0 to 1, always the same ones for a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / seeds;
  };
}
