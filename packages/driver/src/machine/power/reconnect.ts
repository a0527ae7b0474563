import { Deadline, isMachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { orTimeout } from "../wait/or-timeout.ts";

/**
 * Follows a guest into another system that runs on the same machine: a new root, a kernel by kexec, or just an agent that was
 * replaced. Settles when the new agent answers, and its system knows its name and addresses.
 */
export async function reconnect(
  context: MachineContext,
  change: () => unknown,
  options: VerbOptions = {},
): Promise<void> {
  const { power, shell, waitTimeoutMs } = context;
  const { life, agent } = await power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? waitTimeoutMs, options.signal);
  // An agent that starts says so, and that ends the conversation with the one before it.
  const changing = (async () => await change())().catch((error: unknown) => {
    // The command that brings the change about may be cut off by it.
    if (!(isMachinesError(error) && error.code === "AGENT_LOST")) throw error;
  });
  const failed = changing.then(() => new Promise<never>(() => undefined));
  await orTimeout(context, deadline, life.guard(Promise.race([agent.ended, failed])), () => ({
    what: "another agent to answer",
    last: "the one from before",
  }));
  shell.forget();
  await power.restart(life, () => Promise.resolve(), deadline);
  await orTimeout(context, deadline, changing, () => ({
    what: "the change to end",
    last: "another agent answers, and it still runs",
  }));
}
