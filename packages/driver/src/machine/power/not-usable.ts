import { MachinesError } from "@vitest-machines/host";
import { consoleBlock, type Life } from "./life.ts";

/** The reason of its end, with what the reader can do about it: a machine that was up is never started silently. */
export function downError(machine: string, life: Life | undefined): MachinesError {
  const reason: unknown = life?.down.reason;
  if (!(reason instanceof MachinesError)) {
    return new MachinesError("MACHINE_DOWN", `${machine} is not running.`, { machine });
  }
  const { code, summary, facts, evidence } = reason;
  const hint = `Start it again with ${machine}.start().`;
  return new MachinesError(code, summary, { machine: reason.machine, facts, evidence, hint, cause: reason });
}

/** A guest whose agent is gone for good, or that hangs; only its console can still tell why. */
export function outOfTouch(error: unknown, machine: string, life: Life): unknown {
  if (!(error instanceof MachinesError) || !["AGENT_LOST", "AGENT_TIMEOUT"].includes(error.code)) return error;
  const { code, summary, facts, evidence, hint } = error;
  const more = [...evidence, consoleBlock(machine, life.console)];
  return new MachinesError(code, `${machine}: ${summary}`, { machine, facts, evidence: more, hint, cause: error });
}

/** Who gives up a verb that never began should hear that the machine was the reason. */
export function notReadyYet(error: unknown, machine: string, life: Life | undefined): unknown {
  if (!(error instanceof MachinesError) || error.code !== "ABORTED") return error;
  return new MachinesError("ABORTED", `${machine} was not ready yet: ${error.summary}`, {
    machine,
    evidence: life ? [consoleBlock(machine, life.console)] : [],
    cause: error.cause,
  });
}
