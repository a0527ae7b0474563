import { AsyncLocalStorage } from "node:async_hooks";
import { url as debuggerUrl } from "node:inspector";

/** The test that the current call belongs to, also when several run at once. */
interface CurrentTest {
  /** Fires when Vitest gives the test up: time-out, bail, Ctrl-C in watch mode. */
  readonly signal: AbortSignal;
  /** Fires shortly before the test's time is over. */
  readonly timeNearlyOver: AbortController;
  /** Fires when it is over, whatever has come of it. */
  readonly over: AbortController;
}

const storage = new AsyncLocalStorage<CurrentTest>();

/** Runs a test, hooks included, so that every verb called in it ends when the test does. */
export async function withinTest<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    return await storage.run({ signal, timeNearlyOver: new AbortController(), over }, run);
  } finally {
    over.abort(new Error("the test is over"));
  }
}

/**
 * Runs a test's function. Verbs that still wait shortly before Vitest's own limit are ended first, because their errors
 * say what was waited for and what was seen, and "Test timed out" does not.
 * @param timeout Vitest's limit for the function in milliseconds, 0 for none
 */
export async function withTestTime<T>(timeout: number, run: () => T): Promise<Awaited<T>> {
  const test = storage.getStore();
  if (!test || !isLimit(timeout) || debuggerUrl() !== undefined) return await run();
  const reason = new Error(`the test's time of ${timeout} ms is over`);
  const timer = setTimeout(() => test.timeNearlyOver.abort(reason), timeout - margin(timeout));
  timer.unref();
  try {
    return await run();
  } finally {
    clearTimeout(timer);
  }
}

/** The signal that ends verbs of the running test; undefined in suite hooks and outside tests. */
export function currentTestSignal(): AbortSignal | undefined {
  const test = storage.getStore();
  return test && AbortSignal.any([test.signal, test.timeNearlyOver.signal]);
}

/** The signal that ends what lasts as long as the running test; undefined in suite hooks and outside tests. */
export function currentTestEnd(): AbortSignal | undefined {
  const test = storage.getStore();
  return test && AbortSignal.any([test.signal, test.timeNearlyOver.signal, test.over.signal]);
}

/** Enough to end a command and read what it said, little enough not to be missed. */
function margin(timeout: number): number {
  return Math.min(500, timeout / 10);
}

/** Node fires timers above 2^31-1 ms at once. */
function isLimit(timeout: number): boolean {
  return timeout > 0 && timeout < 2 ** 31;
}
