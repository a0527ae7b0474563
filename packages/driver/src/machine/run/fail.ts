import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { splitArguments, type Command, type CommandArguments, type CommandResult } from "../options.ts";
import { commandText, outputBlocks } from "./describe.ts";
import { commandDeadline, executeWithin } from "./execute.ts";

/** Runs commands in order and expects each to fail; returns what they wrote to stdout together. */
export async function fail(context: MachineContext, given: CommandArguments): Promise<string> {
  const { commands, options } = splitArguments(given);
  const deadline = await commandDeadline(context, options);
  let stdout = "";
  for (const command of commands) {
    const result = await executeWithin(context, command, options, deadline);
    if (result.exitCode === 0) throw commandSucceeded(context.name, command, result);
    stdout += result.stdout;
  }
  return stdout;
}

function commandSucceeded(machine: string, command: Command, result: CommandResult): MachinesError {
  const summary = `${machine}: \`${commandText(command)}\` succeeded, and was expected to fail.`;
  return new MachinesError("COMMAND_SUCCEEDED", summary, {
    machine,
    facts: { durationMs: Math.round(result.durationMs) },
    evidence: outputBlocks(result),
  });
}
