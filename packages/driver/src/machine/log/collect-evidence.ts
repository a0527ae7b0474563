import { setTimeout as delay } from "node:timers/promises";
import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { evidence } from "./evidence.ts";

/** What a failed test can wait for its evidence, in milliseconds: less than hooks may take unless Vitest is told otherwise. */
const limitMs = 8_000;

/**
 * Prints, for units that have failed and for those named, their state and the end of their journals; and what the kernel said
 * if it has stumbled. One shell, because each process takes its time without KVM.
 */
const question = `
failed=$(systemctl list-units --state=failed --plain --no-legend --full | cut -d" " -f1)
for unit in $(printf "%s\\n" $failed "$@" | awk '$0 && !seen[$0]++' | head -n 6); do
  echo "== $unit ($(systemctl is-active "$unit")), end of its journal:"
  journalctl --quiet --boot --no-pager --output=short-monotonic --lines=20 --unit="$unit"
done
if dmesg | grep -qE "Oops|BUG:|general protection fault|Call Trace"; then
  echo "== the kernel has stumbled:"
  dmesg | tail -n 60
fi`;

/**
 * {@link evidence}, and before it what the guest itself can tell: the journals of units that failed, and of those that
 * somebody waited for. Of a guest that is not done in time it is what has come by then.
 */
export async function collectEvidence(context: MachineContext): Promise<string[]> {
  const { power, name, hasUnits, waitedFor } = context;
  if (!hasUnits || power.phase !== "ready" || power.life === undefined) return evidence(context);
  let told = "";
  // What was waited for last tells most.
  const asked = ask(context, [...waitedFor].reverse(), (text) => (told += text));
  const isAll = asked.then(
    () => true,
    () => false,
  );
  const isDone = await Promise.race([isAll, delay(limitMs, false, { ref: false })]);
  const blocks = told.split(/^== /m).filter((block) => block.trim() !== "");
  const silence = `${name} did not tell ${told === "" ? "" : "more "}of its units within ${limitMs / 1000} s`;
  return [...blocks.map((block) => `${name}: ${block.trimEnd()}`), ...(isDone ? [] : [silence]), ...evidence(context)];
}

async function ask({ power }: MachineContext, units: readonly string[], hear: (text: string) => void): Promise<void> {
  const { life } = power;
  if (life === undefined) return;
  const session = await life.session(Deadline.after(limitMs));
  const running = session.exec({ argv: ["sh", "-c", question, "sh", ...units] });
  running.stdin.end();
  running.stderr.resume();
  const listen = async (): Promise<void> => {
    for await (const text of running.stdout.setEncoding("utf8")) hear(text as string);
  };
  await life.guard(Promise.all([listen(), running.exit]));
}
