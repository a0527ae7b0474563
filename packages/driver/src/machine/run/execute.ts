import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { Command, CommandOptions, CommandResult } from "../options.ts";
import { commandText, outputBlocks } from "./describe.ts";
import { perform, type Outcome } from "./perform.ts";

/** Runs a command and returns how it ended, whatever the exit code. */
export async function execute(
  context: MachineContext,
  command: Command,
  options: CommandOptions = {},
): Promise<CommandResult> {
  return executeWithin(context, command, options, await commandDeadline(context, options));
}

/** The deadline of a command, which begins when the machine is ready for it. */
export async function commandDeadline(context: MachineContext, options: CommandOptions): Promise<Deadline> {
  await context.power.waitUntilReady(options.signal);
  return Deadline.after(options.timeout ?? Infinity, options.signal);
}

/** @throws COMMAND_TIMEOUT with the last output when the deadline comes first */
export async function executeWithin(
  context: MachineContext,
  command: Command,
  options: CommandOptions,
  deadline: Deadline,
): Promise<CommandResult> {
  const outcome = await perform(context, command, options, deadline);
  const { timedOutAfter, ...result } = outcome;
  if (timedOutAfter !== undefined) throw commandTimeout(context.name, command, options.timeout, outcome);
  return result;
}

function commandTimeout(
  machine: string,
  command: Command,
  timeout: number | undefined,
  outcome: Outcome,
): MachinesError {
  const summary = `${machine}: \`${commandText(command)}\` was still running after ${timeout ?? 0} ms and was killed.`;
  return new MachinesError("COMMAND_TIMEOUT", summary, {
    machine,
    facts: {
      timeoutMs: timeout ?? null,
      elapsedMs: Math.round(outcome.timedOutAfter ?? 0),
      exitCode: outcome.exitCode,
      signal: outcome.signal,
    },
    evidence: outputBlocks(outcome),
  });
}
