import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { refusal } from "./refusal.ts";
import { waitForEnd } from "./wait-for-shutdown.ts";

/** Lets the guest power itself off, and waits until it has. Does nothing when the machine is not running. */
export async function shutdown(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { power } = context;
  if (power.phase === "off" || power.phase === "down") return;
  const { life, agent } = await power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  life.expectEnd("it was shut down by shutdown()");
  await Promise.race([waitForEnd(context, life, "to power off", deadline), refusal(context.name, agent, "poweroff")]);
}
