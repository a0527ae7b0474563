import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { delayAfter } from "../wait/poll.ts";
import { orTimeout } from "../wait/or-timeout.ts";
import { show } from "./get-unit-info.ts";
import { hasFinished, unitJournal } from "./journal.ts";
import { judgedProperties, judgeUnit, type UnitProperties } from "./judge-unit.ts";
import type { UnitOptions } from "./options.ts";

/**
 * How long nothing may start a unit before waiting for it is in vain, in milliseconds: whoever starts it, a socket, a timer
 * or a script, may be a moment behind the test.
 */
const graceMs = 3_000;
/** A look costs 50 to 200 ms of the guest's time without KVM. */
const longestDelayMs = 500;

export async function waitForUnit(context: MachineContext, unit: string, options: UnitOptions = {}): Promise<void> {
  await context.power.waitUntilReady(options.signal);
  const deadline = Deadline.after(options.timeout ?? context.waitTimeoutMs, options.signal);
  const look = { attempts: 0, last: "nothing yet" };
  const what = `${unit} to be active`;
  // The last one comes last.
  context.waitedFor.delete(unit);
  context.waitedFor.add(unit);
  await orTimeout(context, deadline, watch(context, unit, options, deadline, look), () => ({ what, ...look }));
  const seen = { ok: true, ...look, durationMs: deadline.elapsed };
  context.trace.add({ type: "wait", machine: context.name, what, ...seen });
}

async function watch(
  context: MachineContext,
  unit: string,
  { user, signal }: UnitOptions,
  deadline: Deadline,
  look: { attempts: number; last: string },
): Promise<void> {
  let idleSince: number | undefined;
  for (;;) {
    const properties = (await show(context, unit, judgedProperties, { user, signal })) as UnitProperties;
    look.attempts++;
    look.last = describe(properties);
    const verdict = judgeUnit(properties);
    if (verdict.is === "up") return;
    if (verdict.is === "idle" && mayHaveFinished(properties) && (await hasFinished(context, unit, user))) return;
    if (verdict.is === "lost") throw await hopeless(context, unit, verdict.why, properties, user);
    idleSince = verdict.is === "idle" ? (idleSince ?? performance.now()) : undefined;
    if (verdict.is === "idle" && performance.now() - (idleSince ?? Infinity) > graceMs) {
      throw await hopeless(context, unit, verdict.why, properties, user);
    }
    if (deadline.expired) return;
    await deadline.sleep(Math.min(longestDelayMs, delayAfter(look.attempts)));
  }
}

/** A unit that systemd has forgotten may have been anything. */
function mayHaveFinished({ Type, LoadState }: UnitProperties): boolean {
  return Type === "oneshot" || LoadState === "not-found";
}

function describe({ LoadState, ActiveState, SubState, Job }: UnitProperties): string {
  if (LoadState === "not-found") return "there is no such unit";
  return `${ActiveState ?? "unknown"} (${SubState ?? "unknown"})${Job === undefined || Job === "0" || Job === "" ? "" : ", with a job"}`;
}

async function hopeless(
  context: MachineContext,
  unit: string,
  why: string,
  properties: UnitProperties,
  user: string | undefined,
): Promise<MachinesError> {
  const state = describe(properties);
  return new MachinesError("UNIT_STATE", `${context.name}: ${unit} will not become active: ${why}.`, {
    machine: context.name,
    facts: { unit, state, result: properties.Result ?? null },
    evidence: [`Last seen: ${state}`, ...(await unitJournal(context, unit, user))],
    hint: properties.LoadState === "not-found" ? "`systemctl list-unit-files` names all that there are." : undefined,
  });
}
