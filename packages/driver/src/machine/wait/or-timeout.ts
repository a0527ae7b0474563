import type { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { abortionIn, waitTimeout, type WaitReport } from "./wait-timeout.ts";

/**
 * What a wait waits for, or, when its deadline or signal comes first, an error that says what was seen until then.
 * Whatever else ends the wait is thrown as it is.
 */
export async function orTimeout<T>(
  context: MachineContext,
  deadline: Deadline,
  awaited: Promise<T>,
  report: () => Omit<WaitReport, "elapsedMs" | "aborted">,
): Promise<T> {
  const over = new Error("the deadline came first");
  try {
    return await deadline.race(awaited, () => over);
  } catch (error) {
    const aborted = abortionIn(error);
    if (error !== over && !aborted) throw error;
    throw await waitTimeout(context, { ...report(), elapsedMs: deadline.elapsed, aborted });
  }
}
