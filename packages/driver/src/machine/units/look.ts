import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { printed } from "../power/settle.ts";

/**
 * Runs a program for a verb's own purposes: it is none of the commands that somebody who reads a trace or a failure's
 * evidence has asked for.
 */
export async function look(
  context: MachineContext,
  argv: readonly [string, ...string[]],
  { timeout = Infinity, signal }: { timeout?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<{ exitCode: number | null; stdout: string }> {
  const { life, agent } = await context.power.live(signal);
  const limit = Deadline.after(timeout, signal);
  const late = (): MachinesError =>
    new MachinesError("COMMAND_TIMEOUT", `${context.name}: \`${argv[0]}\` took longer than ${timeout} ms`, {
      machine: context.name,
    });
  const { exitCode, lines } = await life.guard(limit.race(printed(agent, argv), late));
  return { exitCode, stdout: lines.join("\n") };
}
