import { isMachinesError } from "@vitest-machines/host";
import type { AgentSession } from "../../agent/session.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { printed } from "../power/settle.ts";
import { corePattern } from "./stumble-in.ts";

/** A guest that does something with core dumps itself goes on doing it; systemd begins with dropping them. */
const script = `read -r now < /proc/sys/kernel/core_pattern
case $now in core | "|/bin/false") echo "$1" > /proc/sys/kernel/core_pattern ;; esac`;

/** Lets a guest's kernel tell of processes that dump core, instead of leaving files. */
export async function tellOfCores(session: AgentSession, { allow = [] }: Pick<NodePlan, "allow">): Promise<void> {
  if (allow.includes("coreDumps")) return;
  try {
    await printed(session, ["sh", "-c", script, "sh", corePattern]);
  } catch (error) {
    // A guest without a shell cannot tell.
    if (!(isMachinesError(error) && ["AGENT_REFUSED", "COMMAND_FAILED"].includes(error.code))) throw error;
  }
}
