import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { consoleBlock } from "../power/life.ts";

const answerMs = 1_000;
/** A test whose time is over leaves little for its last words. */
const hurriedAnswerMs = 200;
const consoleLines = 10;

export interface WaitReport {
  /** Follows "waited … for": `/run/ready to exist`. */
  readonly what: string;
  /** For waits that look again and again. */
  readonly attempts?: number | undefined;
  /** What the last attempt saw, in words. */
  readonly last: string;
  readonly elapsedMs: number;
  readonly evidence?: readonly string[] | undefined;
  /** The ABORTED error that ended the wait, when it was not its own time-out. */
  readonly aborted?: MachinesError | undefined;
}

/** The error of a wait that was over before what it waited for came: WAIT_TIMEOUT, or ABORTED with the same evidence. */
export async function waitTimeout(context: MachineContext, report: WaitReport): Promise<MachinesError> {
  const { what, attempts, last, elapsedMs, evidence = [], aborted } = report;
  const state = await vitality(context, aborted ? hurriedAnswerMs : answerMs);
  const { life } = context.power;
  context.trace.add({ type: "wait", machine: context.name, what, ok: false, attempts, last, durationMs: elapsedMs });
  const tries = attempts === undefined ? "" : ` (${attempts} ${attempts === 1 ? "attempt" : "attempts"})`;
  const summary = `${context.name}: waited ${(elapsedMs / 1000).toFixed(1)} s for ${what}, in vain${tries}${aborted ? `: ${reasonOf(aborted)}` : ""}.`;
  return new MachinesError(aborted ? "ABORTED" : "WAIT_TIMEOUT", summary, {
    cause: aborted?.cause,
    machine: context.name,
    facts: { attempts: attempts ?? null, elapsedMs: Math.round(elapsedMs), last, alive: state.alive },
    evidence: [
      `Last seen: ${last}`,
      ...evidence,
      `The machine ${state.text}.`,
      ...(life === undefined ? [] : [consoleBlock(context.name, life.console, consoleLines)]),
    ],
  });
}

/** The ABORTED error among what can end a wait. */
export function abortionIn(error: unknown): MachinesError | undefined {
  return error instanceof MachinesError && error.code === "ABORTED" ? error : undefined;
}

/** What the signal said. A command that was running then has put the error into its own context, once or more. */
function reasonOf(aborted: MachinesError): string {
  const { cause, summary } = aborted;
  const deeper = abortionIn(cause);
  if (deeper) return reasonOf(deeper);
  return cause instanceof Error ? cause.message : summary;
}

async function vitality({ power }: MachineContext, answerMs: number): Promise<{ alive: boolean; text: string }> {
  const { life } = power;
  if (life === undefined || life.down.aborted) return { alive: false, text: "is down" };
  try {
    const limit = Deadline.after(answerMs);
    const silent = (): Error => new Error(`no answer within ${answerMs} ms`);
    await limit.race(
      life.session(limit).then((agent) => agent.ping()),
      silent,
    );
    return { alive: true, text: "is up and its agent answers" };
  } catch (error) {
    return {
      alive: false,
      text: `runs, but its agent does not answer (${(error as Error).message.split("\n", 1)[0] ?? ""})`,
    };
  }
}
