import { Deadline, MachinesError } from "@vitest-machines/host";
import { posix } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { copyError } from "./copy-error.ts";
import { emptySummary, type CopySummary } from "./summary.ts";

/**
 * From which size on a file goes over the machine's copy disk. Below, what it takes to ask for a place there is more than
 * what the port takes longer (docs/decisions/0018-copies.md).
 */
const largeBytes = 256 * 1024;

export function isLarge(size: number): boolean {
  return size >= largeBytes;
}

export interface Copy {
  /** `in` is into the guest. */
  readonly direction: "in" | "out";
  readonly source: string;
  readonly target: string;
  /** Does it, counting in the summary as it goes; stops when the signal fires. */
  readonly work: (agent: AgentSession, summary: CopySummary, stopped: AbortSignal) => Promise<void>;
}

/** What copies have in common whichever way they go: their time limit, the machine's end, their errors, their trace. */
export async function copying(context: MachineContext, copy: Copy, options: VerbOptions): Promise<CopySummary> {
  const { direction, source, target, work } = copy;
  const { life, agent } = await context.power.live(options.signal);
  const deadline = Deadline.after(options.timeout ?? Infinity, options.signal);
  const machine = context.name;
  const summary = emptySummary();
  const timeout = (): Error => {
    const text = `${machine}: copying ${source} to ${target} took longer than ${options.timeout ?? 0} ms.`;
    return new MachinesError("COPY_FAILED", text, { machine });
  };
  const stop = new AbortController();
  let working: Promise<void> = Promise.resolve();
  try {
    const guestPath = direction === "in" ? target : source;
    if (!posix.isAbsolute(guestPath)) throw new Error("the path in the guest must be absolute");
    working = work(agent, summary, stop.signal);
    await life.guard(deadline.race(working, timeout));
  } catch (cause) {
    stop.abort();
    // Nothing half written is left when the caller hears of it. A guest that does not answer leaves nothing on the host.
    if (direction === "out") await working.catch(() => undefined);
    throw copyError({ machine, source, target }, cause);
  } finally {
    stop.abort();
  }
  context.trace.add({ type: "copy", machine, direction, source, target, bytes: summary.bytes });
  return summary;
}
