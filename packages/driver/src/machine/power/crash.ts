import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitForEnd } from "./wait-for-shutdown.ts";

/** How long QEMU gets to quit before it is killed, in milliseconds. */
const quitMs = 5_000;

/** Ends the machine as a power cut does. Does nothing when it is not running. */
export async function crash(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { power } = context;
  await power.settle();
  const { life } = power;
  if (!life || life.down.aborted) return;
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  life.expectEnd("it was crashed by crash()");
  // Told to quit and not killed, so that QEMU's own caches reach the disk: they are the host's, not the machine's.
  // The answer may be lost in the end that it announces.
  void life.qemu.qmp.execute("quit").catch(() => undefined);
  const patience = setTimeout(() => void life.qemu.process.kill("SIGKILL"), quitMs);
  try {
    await waitForEnd(context, life, "to end", deadline);
  } finally {
    clearTimeout(patience);
  }
}
