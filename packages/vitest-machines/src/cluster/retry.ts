import { retry as retryAnywhere, type RetryOptions } from "@vitest-machines/driver";
import { isMachinesError } from "@vitest-machines/host";
import { CallSite } from "./call-site.ts";
import { currentTestSignal } from "./current-test.ts";

/** The driver's `retry`, which within a test ends with the test. */
export const retry: typeof retryAnywhere = async (attempt, options: RetryOptions = {}) => {
  const site = CallSite.callerOf(retry);
  const signals = [options.signal, currentTestSignal()].filter((signal) => signal !== undefined);
  try {
    return await retryAnywhere(attempt, { ...options, signal: AbortSignal.any(signals) });
  } catch (error) {
    // What an attempt threw tells its own line.
    throw isMachinesError(error) && ["WAIT_TIMEOUT", "ABORTED"].includes(error.code) ? site.blame(error) : error;
  }
};
