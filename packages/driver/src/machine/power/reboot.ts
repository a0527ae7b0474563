import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitTimeout } from "../wait/wait-timeout.ts";
import type { Life } from "./life.ts";
import { refusal } from "./refusal.ts";
import type { Live } from "./power.ts";

/** Restarts the guest in an orderly way and waits until it is ready again. Memory is lost, disks stay. */
export async function reboot(context: MachineContext, options: VerbOptions = {}): Promise<void> {
  const { name, power, waitTimeoutMs } = context;
  const live = await power.live(options.signal);
  const { life, agent } = live;
  const deadline = Deadline.after(options.timeout ?? waitTimeoutMs, options.signal);
  const over = new Error("the deadline came first");
  await letReset(life, true);
  try {
    const after = await power.restart(life, () => restart(name, live, deadline, over), deadline);
    if (after.guest.bootId === agent.guest.bootId) {
      throw new MachinesError("BOOT_FAILED", `${name} says that it was never restarted.`, { machine: name });
    }
  } catch (error) {
    if (error !== over) throw error;
    throw await waitTimeout(context, {
      what: "it to restart",
      last: "no reset",
      elapsedMs: deadline.elapsed,
    });
  } finally {
    // Only now: the firmware of machine `pc` resets a second time on its way to the kernel.
    if (!life.down.aborted) await letReset(life, false);
  }
}

/** Whether a reset starts the guest over, or ends the machine. */
async function letReset(life: Life, allowed: boolean): Promise<void> {
  await life.guard(life.qemu.qmp.execute("set-action", { reboot: allowed ? "reset" : "shutdown" }));
}

async function restart(machine: string, { life, agent }: Live, deadline: Deadline, over: Error): Promise<void> {
  let stop = (): void => undefined;
  const reset = new Promise<void>((resolve) => {
    stop = life.qemu.qmp.onEvent(({ event }) => {
      if (event === "RESET") resolve();
    });
  });
  try {
    await life.guard(deadline.race(Promise.race([reset, refusal(machine, agent, "reboot")]), () => over));
  } finally {
    stop();
  }
}
