import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { succeed } from "../run/succeed.ts";

/** What stands on a virtual terminal, line by line as wide as it is. */
export async function getTtyText(
  context: MachineContext,
  tty: number | string,
  options: VerbOptions = {},
): Promise<string> {
  const width = `$(stty --file=/dev/tty${tty} size | cut -d" " -f2)`;
  return succeed(context, [`fold --width="${width}" /dev/vcs${tty}`, options]);
}
