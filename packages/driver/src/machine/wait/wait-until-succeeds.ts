import type { MachineContext } from "../context.ts";
import type { Command } from "../options.ts";
import { waitUntil, type WaitUntilOptions } from "./wait-until.ts";

export function waitUntilSucceeds(
  context: MachineContext,
  command: Command,
  options: WaitUntilOptions = {},
): Promise<string> {
  return waitUntil(context, { command, options, what: "to succeed", accepts: ({ exitCode }) => exitCode === 0 });
}
