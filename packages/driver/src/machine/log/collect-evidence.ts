import { setTimeout as delay } from "node:timers/promises";
import { Deadline } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { printed } from "../power/settle.ts";
import { evidence } from "./evidence.ts";

/** What a failed test can wait for its evidence, in milliseconds. */
const limitMs = 5_000;

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
 * somebody waited for. A guest that does not answer in time is said not to.
 */
export async function collectEvidence(context: MachineContext): Promise<string[]> {
  const { power, name, hasUnits, waitedFor } = context;
  if (!hasUnits || power.phase !== "ready" || power.life === undefined) return evidence(context);
  const silence = [`${name} did not tell of its units within ${limitMs / 1000} s`];
  // What was waited for last tells most.
  const told = ask(context, [...waitedFor].reverse()).catch(() => silence);
  return [...(await Promise.race([told, delay(limitMs, silence, { ref: false })])), ...evidence(context)];
}

async function ask({ power, name }: MachineContext, units: readonly string[]): Promise<string[]> {
  const { life } = power;
  if (life === undefined) return [];
  const session = await life.session(Deadline.after(limitMs));
  const { lines } = await life.guard(printed(session, ["sh", "-c", question, "sh", ...units]));
  const blocks = lines.join("\n").split(/^== /m);
  return blocks.filter((block) => block.trim() !== "").map((block) => `${name}: ${block.trimEnd()}`);
}
