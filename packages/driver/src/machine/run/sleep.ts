import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { succeed } from "./succeed.ts";

/** Sleeps in the guest, so that on a slow host it is the guest's time that passes. */
export async function sleep(context: MachineContext, milliseconds: number, options: VerbOptions = {}): Promise<void> {
  await succeed(context, [["sleep", String(milliseconds / 1000)], options]);
}
