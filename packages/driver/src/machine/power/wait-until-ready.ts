import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { orTimeout } from "../wait/or-timeout.ts";

/** Waits until the machine has booted and its agent answers; starts it if it never ran. */
export async function waitUntilReady(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const deadline = Deadline.after(options.timeout ?? Infinity, options.signal);
  const ready = context.power.waitUntilReady(options.signal);
  await orTimeout(context, deadline, ready, () => ({ what: "it to be ready", last: `it is ${context.power.phase}` }));
}
