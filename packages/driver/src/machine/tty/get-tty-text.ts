import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { succeed } from "../run/succeed.ts";
import { ttyCommand } from "./tty-command.ts";

/** What stands on a virtual terminal, line by line as wide as it is. */
export async function getTtyText(
  context: MachineContext,
  tty: number | string,
  options: VerbOptions = {},
): Promise<string> {
  return succeed(context, [ttyCommand(tty), options]);
}
