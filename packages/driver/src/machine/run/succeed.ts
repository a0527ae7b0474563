import { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { splitArguments, type Command, type CommandArguments, type CommandResult } from "../options.ts";
import { commandText, endText, outputBlocks } from "./describe.ts";
import { commandDeadline, executeWithin } from "./execute.ts";

/** Runs commands in order until one fails; returns what they wrote to stdout together. */
export async function succeed(context: MachineContext, given: CommandArguments): Promise<string> {
  const { commands, options } = splitArguments(given);
  const deadline = await commandDeadline(context, options);
  let stdout = "";
  for (const command of commands) {
    const result = await executeWithin(context, command, options, deadline);
    if (result.exitCode !== 0) throw commandFailed(context.name, command, result);
    stdout += result.stdout;
  }
  return stdout;
}

function commandFailed(machine: string, command: Command, result: CommandResult): MachinesError {
  return new MachinesError(
    "COMMAND_FAILED",
    `${machine}: \`${commandText(command)}\` failed with ${endText(result)}.`,
    {
      machine,
      facts: { exitCode: result.exitCode, signal: result.signal, durationMs: Math.round(result.durationMs) },
      evidence: outputBlocks(result),
    },
  );
}
