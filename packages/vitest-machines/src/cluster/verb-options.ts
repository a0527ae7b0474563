import type { Machine } from "@vitest-machines/driver";

/** Which argument holds `{ timeout, signal }`, for every verb that waits. */
const optionsAt: Partial<Record<keyof Machine, number>> = {
  start: 0,
  waitUntilReady: 0,
  shutdown: 0,
  crash: 0,
  reboot: 0,
  execute: 1,
  succeed: 1,
  fail: 1,
  waitUntilSucceeds: 1,
  waitUntilFails: 1,
  waitForFile: 1,
  waitForOpenPort: 1,
  waitForClosedPort: 1,
  waitForConsoleText: 1,
  copyFromHost: 2,
  copyToHost: 2,
  sleep: 1,
};

/** Lets a verb end with the test that calls it, besides with the caller's own signal. */
export function withTestSignal(method: string, args: unknown[], signal: AbortSignal | undefined): unknown[] {
  const index = (optionsAt as Record<string, number | undefined>)[method];
  if (index === undefined || signal === undefined) return args;
  const options = args[index] as { signal?: AbortSignal | undefined } | undefined;
  const both = options?.signal ? AbortSignal.any([options.signal, signal]) : signal;
  const adapted = [...args];
  adapted[index] = { ...options, signal: both };
  return adapted;
}
