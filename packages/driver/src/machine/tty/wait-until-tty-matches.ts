import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitUntil } from "../wait/wait-until.ts";
import { ttyCommand } from "./tty-command.ts";

/** Waits until what stands on a virtual terminal matches. */
export async function waitUntilTtyMatches(
  context: MachineContext,
  tty: number | string,
  pattern: RegExp,
  options: VerbOptions = {},
): Promise<RegExpExecArray> {
  let match: RegExpExecArray | null = null;
  await waitUntil(context, {
    command: ttyCommand(tty),
    options,
    what: `to show ${String(pattern)}`,
    accepts: ({ stdout }) =>
      (match = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "")).exec(stdout)) !== null,
  });
  return match as unknown as RegExpExecArray;
}
