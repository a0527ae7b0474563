import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitTimeout } from "../wait/wait-timeout.ts";

/** Waits until the machine has booted and its agent answers; starts it if it never ran. */
export async function waitUntilReady(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const deadline = Deadline.after(options.timeout ?? Infinity, options.signal);
  const over = new Error("the deadline came first");
  try {
    await deadline.race(context.power.waitUntilReady(options.signal), () => over);
  } catch (error) {
    if (error !== over) throw error;
    const last = `it is ${context.power.phase}`;
    throw await waitTimeout(context, { what: "it to be ready", last, elapsedMs: deadline.elapsed });
  }
}
