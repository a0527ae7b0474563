import { Deadline, type MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { Command, CommandOptions, CommandResult } from "../options.ts";
import { commandText, endText, outputBlocks } from "../run/describe.ts";
import { perform, type Outcome } from "../run/perform.ts";
import { delayAfter } from "./poll.ts";
import { abortionIn, waitTimeout } from "./wait-timeout.ts";

/** Who runs for that long hangs, or is slow, and either is worth telling. */
const tellingMs = 1_000;

export interface WaitUntilOptions extends CommandOptions {
  /** For the whole wait, in milliseconds. Default 900 000 (15 min), as in the NixOS test driver. */
  timeout?: number | undefined;
  /** For each attempt, in milliseconds; the attempt is then killed and counts as failed. Default: the whole wait's. */
  attemptTimeout?: number | undefined;
}

export interface WaitUntil {
  readonly command: Command;
  readonly options: WaitUntilOptions;
  /** Whether this result is what the wait is for. */
  readonly accepts: (result: CommandResult) => boolean;
  /** Follows the command: `to succeed`. */
  readonly what: string;
}

/** Runs a command again and again until its result is accepted; returns the stdout of that attempt. */
export async function waitUntil(context: MachineContext, wait: WaitUntil): Promise<string> {
  const { command, options, accepts } = wait;
  await context.power.waitUntilReady(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const what = `\`${commandText(command)}\` ${wait.what}`;
  const { attemptTimeout = Infinity } = options;
  let last: Outcome | undefined;
  let attempts = 0;
  const inVain = (aborted?: MachinesError): Promise<MachinesError> =>
    waitTimeout(context, {
      ...{ what, attempts, aborted },
      last: last ? lastSeen(last) : "its first attempt had not ended",
      elapsedMs: deadline.elapsed,
      evidence: last ? outputBlocks(last) : aborted?.evidence,
    });
  try {
    for (;;) {
      attempts++;
      const outcome = await perform(context, command, options, deadline.within(attemptTimeout));
      if (outcome.timedOutAfter === undefined && accepts(outcome)) {
        const { stdout } = outcome;
        const seen = { ok: true, attempts, last: endText(outcome), durationMs: deadline.elapsed };
        context.trace.add({ type: "wait", machine: context.name, what, ...seen });
        return stdout;
      }
      if (isTelling(outcome, attemptTimeout) || last === undefined) last = outcome;
      if (!deadline.expired) await deadline.sleep(delayAfter(attempts));
      if (deadline.expired) throw await inVain();
    }
  } catch (error) {
    const aborted = abortionIn(error);
    throw aborted ? await inVain(aborted) : error;
  }
}

/** An attempt that the end of the whole wait cut short tells less than the one before it. */
function isTelling({ timedOutAfter }: Outcome, attemptTimeout: number): boolean {
  return timedOutAfter === undefined || timedOutAfter >= Math.min(attemptTimeout, tellingMs);
}

function lastSeen(outcome: Outcome): string {
  if (outcome.timedOutAfter === undefined) return `${endText(outcome)} after ${Math.round(outcome.durationMs)} ms`;
  return `it was still running after ${Math.round(outcome.timedOutAfter)} ms and was killed`;
}
