import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { ReadyCondition } from "../../topology/declaration.ts";
import type { Machine } from "../machine.ts";
import { commandText } from "../run/describe.ts";
import type { Life } from "./life.ts";

/**
 * Waits until the condition of a node's declaration is met.
 * @throws BOOT_TIMEOUT with what was seen last; BOOT_FAILED when it can never be met, or a function throws; MACHINE_DOWN; ABORTED
 */
export async function awaitReady(
  machine: Machine,
  condition: ReadyCondition,
  life: Life,
  deadline: Deadline,
): Promise<void> {
  try {
    await life.guard(met(machine, condition, deadline));
  } catch (error) {
    throw unmet(error, machine.name, described(condition), deadline);
  }
}

/** Verbs look at the time themselves, and say what they have seen when it is over; a function may look at nothing. */
async function met(machine: Machine, condition: ReadyCondition, deadline: Deadline): Promise<unknown> {
  const options = { timeout: deadline.remaining, signal: deadline.signal };
  if (typeof condition === "string") return machine.waitUntilSucceeds(condition, options);
  if (typeof condition !== "function") {
    if ("port" in condition) return machine.waitForOpenPort(condition.port, options);
    return machine.waitForUnit(condition.unit, options);
  }
  const late = (): Error => new MachinesError("BOOT_TIMEOUT", "it had not returned", { machine: machine.name });
  return deadline.race(Promise.resolve((condition as (machine: Machine) => unknown)(machine)), late);
}

function unmet(error: unknown, machine: string, condition: string, deadline: Deadline): unknown {
  const ours = error instanceof MachinesError ? error : undefined;
  if (ours && ["ABORTED", "MACHINE_DOWN"].includes(ours.code)) return error;
  const facts = { ...ours?.facts, phase: "checking", condition, elapsedMs: Math.round(deadline.elapsed) };
  const reason = ours?.summary ?? (error instanceof Error ? error.message : String(error));
  const evidence = ours?.evidence ?? [];
  const more = { machine, facts, evidence, cause: error };
  if (ours?.code !== "BOOT_TIMEOUT" && !deadline.expired)
    return new MachinesError("BOOT_FAILED", `${machine} is not ready: ${condition}: ${reason}`, more);
  const seconds = (deadline.elapsed / 1000).toFixed(1);
  const summary = `${machine} was not ready within ${seconds} s: ${condition}: ${reason}`;
  const hint = "If it was still on its way, give it longer with `bootTimeout`, in milliseconds.";
  return new MachinesError("BOOT_TIMEOUT", summary, { ...more, hint });
}

function described(condition: ReadyCondition): string {
  if (typeof condition === "function") return `its function for \`ready\``;
  if (typeof condition === "string") return `\`${commandText(condition)}\``;
  return "port" in condition ? `port ${condition.port}` : `unit ${condition.unit}`;
}
