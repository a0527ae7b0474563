import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { startedLife } from "../power/started-life.ts";
import { orTimeout } from "../wait/or-timeout.ts";

/**
 * Waits until the console matches, from where the last such wait ended. Works while the machine still boots: it needs no
 * agent, only a machine that was started.
 */
export async function waitForConsoleText(
  context: MachineContext,
  pattern: RegExp,
  options: VerbOptions = {},
): Promise<RegExpExecArray> {
  const life = await startedLife(context);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const { console } = life;
  const what = `${String(pattern)} on the console`;
  let stop = (): void => undefined;
  const appeared = new Promise<RegExpExecArray>((resolve) => {
    const look = (): void => {
      const match = console.take(pattern);
      if (!match) return;
      stop();
      resolve(match);
    };
    stop = console.onGrowth(look);
    look();
  });
  try {
    const match = await orTimeout(context, deadline, life.guard(appeared), () => ({
      what,
      last: `${console.text.split("\n").length - 1} lines, none of which match`,
    }));
    const result = { what, ok: true, last: match[0], durationMs: deadline.elapsed };
    context.trace.add({ type: "wait", machine: context.name, ...result });
    return match;
  } finally {
    stop();
  }
}
