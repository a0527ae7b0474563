import { Deadline } from "@vitest-machines/host";
import type { WaitObservation, WaitTarget } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { orTimeout } from "./or-timeout.ts";

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
  try {
    const watching = agent.waitFor(target, { gone, signal: enough.signal, onProgress: (now) => (seen = now) });
    seen = await orTimeout(context, deadline, life.guard(watching), () => ({ what, ...seen }));
  } finally {
    enough.abort();
  }
  const { attempts, last } = seen;
  const result = { what, ok: true, attempts, last, durationMs: deadline.elapsed };
  context.trace.add({ type: "wait", machine: context.name, ...result });
}
