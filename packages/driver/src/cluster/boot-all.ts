import { Deadline, MachinesError } from "@vitest-machines/host";
import type { Power } from "../machine/power/power.ts";

/** After the first machine has failed, how long the others get to fail with reasons of their own, in milliseconds. */
const othersMs = 1_000;

/**
 * Boots machines in parallel.
 * @throws the error of the machine that failed, or an AggregateError when several did
 */
export async function bootAll(
  machines: ReadonlyMap<string, Power>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const givingUp = new AbortController();
  const both = AbortSignal.any([givingUp.signal, ...(signal ? [signal] : [])]);
  const deadline = Deadline.after(timeoutMs, both);
  let patience: NodeJS.Timeout | undefined;
  const boots = await Promise.allSettled(
    [...machines.values()].map(async (power) => {
      try {
        await power.start(deadline);
        await power.waitUntilReady(both);
      } catch (error) {
        patience ??= setTimeout(
          () => givingUp.abort(new Error("another machine of the cluster did not boot")),
          othersMs,
        );
        throw error;
      }
    }),
  );
  clearTimeout(patience);
  const failures = boots.flatMap((boot): unknown[] => (boot.status === "rejected" ? [boot.reason] : []));
  throwFailures(failures, signal);
}

function throwFailures(failures: unknown[], signal: AbortSignal | undefined): void {
  if (failures.length === 0) return;
  // Machines that were only stopped because of another one have nothing to say.
  const own = signal?.aborted ? failures.slice(0, 1) : failures.filter((error) => !isAborted(error));
  const [first] = own;
  if (own.length <= 1) throw first ?? failures[0];
  const summaries = own.map((error) =>
    error instanceof MachinesError ? `${error.code}: ${error.summary}` : String(error),
  );
  throw new AggregateError(
    own,
    `${own.length} machines did not boot:\n${summaries.map((line) => `- ${line}`).join("\n")}`,
  );
}

function isAborted(error: unknown): boolean {
  return error instanceof MachinesError && error.code === "ABORTED";
}
