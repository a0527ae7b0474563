import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitForEnd } from "./wait-for-shutdown.ts";

/** Lets the guest power itself off, and waits until it has. Does nothing when the machine is not running. */
export async function shutdown(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { power } = context;
  if (power.phase === "off" || power.phase === "down") return;
  const { life, agent } = await power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  life.expectEnd("it was shut down by shutdown()");
  const running = agent.exec({ argv: ["poweroff"] });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  const refused = running.exit.then(
    ({ exitCode }) => {
      if (exitCode !== 0)
        throw new MachinesError(
          "COMMAND_FAILED",
          `${context.name}: \`poweroff\` failed with exit code ${exitCode ?? "unknown"}.`,
          { machine: context.name },
        );
      return new Promise<never>(() => undefined);
    },
    (error: unknown) => {
      // The guest takes the agent down with it, which is the point.
      if (error instanceof MachinesError && error.code === "AGENT_LOST") return new Promise<never>(() => undefined);
      throw error;
    },
  );
  refused.catch(() => undefined);
  await Promise.race([waitForEnd(context, life, "to power off", deadline), refused]);
}
