import { Deadline } from "@vitest-machines/host";
import type { WaitObservation, WaitTarget } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { abortionIn, waitTimeout } from "./wait-timeout.ts";

export interface TargetWait {
  readonly target: WaitTarget;
  /** Waits for it to go away instead. */
  readonly gone?: boolean;
  /** Follows "waited … for". */
  readonly what: string;
}

/** Lets the guest watch for something by itself, without running a command for each look. */
export async function waitForTarget(context: MachineContext, wait: TargetWait, options: VerbOptions): Promise<void> {
  const { target, gone = false, what } = wait;
  const { life, agent } = await context.power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const enough = new AbortController();
  let seen: WaitObservation = { attempts: 0, last: "nothing yet" };
  const over = new Error("the deadline came first");
  try {
    const watching = agent.waitFor(target, { gone, signal: enough.signal, onProgress: (now) => (seen = now) });
    seen = await life.guard(deadline.race(watching, () => over));
    const { attempts, last } = seen;
    context.trace.add({
      type: "wait",
      machine: context.name,
      what,
      ok: true,
      attempts,
      last,
      durationMs: deadline.elapsed,
    });
  } catch (error) {
    enough.abort(error);
    const aborted = abortionIn(error);
    if (error !== over && !aborted) throw error;
    throw await waitTimeout(context, { what, ...seen, elapsedMs: deadline.elapsed, aborted });
  }
}
