import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitTimeout } from "../wait/wait-timeout.ts";
import type { Life } from "./life.ts";
import type { Live } from "./power.ts";

/** Restarts the guest in an orderly way and waits until it is ready again. Memory is lost, disks stay. */
export async function reboot(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { power } = context;
  const live = await power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const over = new Error("the deadline came first");
  const { bootId } = live.agent.guest;
  try {
    const agent = await power.restart(live.life, () => restart(context.name, live, deadline, over), deadline);
    if (agent.guest.bootId === bootId) {
      throw new MachinesError("BOOT_FAILED", `${context.name} says that it was never restarted.`, {
        machine: context.name,
      });
    }
  } catch (error) {
    if (error !== over) throw error;
    const report = { what: "it to restart", attempts: 1, last: "no reset", elapsedMs: deadline.elapsed };
    throw await waitTimeout(context, report);
  }
}

async function restart(machine: string, { life, agent }: Live, deadline: Deadline, over: Error): Promise<void> {
  const { qmp } = life.qemu;
  await life.guard(qmp.execute("set-action", { reboot: "reset" }));
  let stop = (): void => undefined;
  const reset = new Promise<void>((resolve) => {
    stop = qmp.onEvent(({ event }) => {
      if (event === "RESET") resolve();
    });
  });
  try {
    await life.guard(deadline.race(Promise.race([reset, refusal(machine, agent)]), () => over));
  } finally {
    stop();
    await setBack(life);
  }
}

/** From now on a restart that nobody asked for is an end again. */
async function setBack({ qemu, down }: Life): Promise<void> {
  if (!down.aborted) await qemu.qmp.execute("set-action", { reboot: "shutdown" });
}

/** Rejects when the guest does not even begin to restart. */
async function refusal(machine: string, agent: Live["agent"]): Promise<never> {
  const running = agent.exec({ argv: ["reboot"] });
  running.stdin.end();
  running.stdout.resume();
  running.stderr.resume();
  const { exitCode } = await running.exit.catch((error: unknown) => {
    // The restart takes the agent down before its last words arrive.
    if (error instanceof MachinesError && error.code === "AGENT_LOST") return { exitCode: 0 };
    throw error;
  });
  if (exitCode === 0) return new Promise<never>(() => undefined);
  throw new MachinesError("COMMAND_FAILED", `${machine}: \`reboot\` failed with exit code ${exitCode ?? "unknown"}.`, {
    machine,
  });
}
