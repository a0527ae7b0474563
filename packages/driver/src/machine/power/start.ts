import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";

/** Starts the machine; settles when it runs, which is before it is ready. Does nothing when it runs already. */
export async function start({ power, bootTimeoutMs }: MachineContext, options: VerbOptions = {}): Promise<void> {
  await power.start(Deadline.after(options.timeout ?? bootTimeoutMs, options.signal));
}
