import { MachinesError, type ErrorCode } from "@vitest-machines/host";
import type { Fields } from "./protocol/fields.ts";

/** The conversation is over: nothing that was going on in it can be known any more. */
export function agentLost(why: string, cause?: unknown): MachinesError {
  return new MachinesError("AGENT_LOST", `the conversation with the guest's agent ended: ${why}`, { cause });
}

/** What the agent answered instead of doing what it was asked. */
export function agentRefused(fields: Fields, code: ErrorCode = "AGENT_REFUSED"): MachinesError {
  const message = fields.text("message") ?? "the guest's agent refused without a reason";
  return new MachinesError(code, message, {
    facts: { errno: fields.text("code") ?? null, reason: fields.text("reason") ?? null },
  });
}
