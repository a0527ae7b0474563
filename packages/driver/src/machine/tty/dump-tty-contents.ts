import type { MachineContext } from "../context.ts";
import { log } from "../log/log.ts";
import { getTtyText } from "./get-tty-text.ts";

/** Writes what stands on a virtual terminal into the log. */
export async function dumpTtyContents(context: MachineContext, tty: number | string): Promise<void> {
  const text = await getTtyText(context, tty);
  log(context, `tty${tty}:\n${text.trimEnd()}`);
}
