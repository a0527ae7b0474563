import { Deadline, MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { delayAfter } from "../wait/poll.ts";
import { orTimeout } from "../wait/or-timeout.ts";
import { parseProperties, showArguments } from "./get-unit-info.ts";
import { hasFinished, unitJournal } from "./journal.ts";
import { judgedProperties, judgeUnit, type UnitProperties } from "./judge-unit.ts";
import { look } from "./look.ts";
import type { UnitOptions } from "./options.ts";
import { systemctlArgv } from "./systemctl.ts";

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
  const seen = { attempts: 0, last: "nothing yet" };
  const what = `${unit} to be active`;
  // The last one comes last.
  context.waitedFor.delete(unit);
  context.waitedFor.add(unit);
  await orTimeout(context, deadline, watch(context, unit, options, deadline, seen), () => ({ what, ...seen }));
  const result = { ok: true, ...seen, durationMs: deadline.elapsed };
  context.trace.add({ type: "wait", machine: context.name, what, ...result });
}

async function watch(
  context: MachineContext,
  unit: string,
  { user, signal }: UnitOptions,
  deadline: Deadline,
  seen: { attempts: number; last: string },
): Promise<void> {
  let idleSince: number | undefined;
  for (;;) {
    const properties = await glance(context, unit, user, signal);
    seen.attempts++;
    seen.last = describe(properties);
    const verdict = judgeUnit(properties);
    if (verdict.is === "up") return;
    if (verdict.is === "idle" && mayHaveFinished(properties) && (await hasFinished(context, unit, user))) return;
    if (verdict.is === "lost") throw await hopeless(context, unit, verdict.why, properties, user);
    idleSince = verdict.is === "idle" ? (idleSince ?? performance.now()) : undefined;
    if (verdict.is === "idle" && performance.now() - (idleSince ?? Infinity) > graceMs) {
      throw await hopeless(context, unit, verdict.why, properties, user);
    }
    // Whoever waits for this is told by the deadline itself; to come back from here would mean that it is up.
    if (deadline.expired) await new Promise<never>(() => undefined);
    await deadline.sleep(Math.min(longestDelayMs, delayAfter(seen.attempts)));
  }
}

async function glance(
  context: MachineContext,
  unit: string,
  user: string | undefined,
  signal: AbortSignal | undefined,
): Promise<UnitProperties> {
  const argv = systemctlArgv(showArguments(unit, judgedProperties), user);
  const { exitCode, stdout } = await look(context, argv, { signal });
  if (exitCode === 0) return parseProperties(stdout);
  const whose = user === undefined ? "systemd" : `${user}'s systemd`;
  const summary = `${context.name}: ${whose} does not tell of ${unit}: systemctl ended with exit code ${exitCode ?? "unknown"}.`;
  throw new MachinesError("COMMAND_FAILED", summary, { machine: context.name });
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
