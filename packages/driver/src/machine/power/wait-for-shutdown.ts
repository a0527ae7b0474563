import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { orTimeout } from "../wait/or-timeout.ts";
import type { Life } from "./life.ts";

/** Waits until the machine has ended, whoever ended it. Returns at once when it is not running. */
export async function waitForShutdown(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { power } = context;
  if (power.phase === "off" || power.phase === "down" || !power.life) return;
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  // What the guest does on its own is awaited here, so it is no accident.
  power.life.expectEnd("it shut itself down");
  await waitForEnd(context, power.life, "to shut down", deadline);
}

/** @param what follows "waited … for it" */
export async function waitForEnd(context: MachineContext, life: Life, what: string, deadline: Deadline): Promise<void> {
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    if (life.down.aborted) resolve();
    const onEnd = (): void => resolve();
    life.down.addEventListener("abort", onEnd, { once: true });
    stop = () => life.down.removeEventListener("abort", onEnd);
  });
  try {
    await orTimeout(context, deadline, ended, () => ({ what: `it ${what}`, last: "QEMU is still running" }));
  } finally {
    stop();
  }
}
