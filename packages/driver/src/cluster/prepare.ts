import { Deadline, MachinesError } from "@vitest-machines/host";
import type { ClusterRun } from "./cluster-run.ts";

/** Building what a suite needs on emulated machines takes minutes; what hangs takes for ever. */
const defaultLimitMs = 900_000;

/**
 * Runs what the declaration wants done once, if it wants anything.
 * @throws what it throws; PREPARE_TIMEOUT with what the machines last did; ABORTED
 */
export async function prepare({ parts, machines }: ClusterRun, signal: AbortSignal | undefined): Promise<void> {
  const { name, prepare: wanted } = parts.plan;
  if (!wanted) return;
  const limitMs = wanted.timeout ?? defaultLimitMs;
  const work = Promise.resolve(wanted.run(machines as never));
  await Deadline.after(limitMs, signal).race(work, () => {
    return new MachinesError("PREPARE_TIMEOUT", `${name}: its prepare had not finished after ${limitMs} ms`, {
      facts: { limitMs },
      evidence: Object.values(machines).flatMap((machine) => machine.evidence()),
      hint: "Its last commands are above. Give prepare a longer `timeout` if that is just what they take.",
    });
  });
}
