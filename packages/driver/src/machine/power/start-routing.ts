import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { AgentSession } from "../../agent/session.ts";
import { routerRules } from "../../topology/networks/router.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { runProgram } from "../contents/run-program.ts";
import type { Life } from "./life.ts";

const script = `command -v nft > /dev/null || { echo "its image has no nft, which is in Debian's package nftables"; exit 1; }
exec nft "$1"`;

/**
 * Lets a guest translate the addresses of what it passes on, where it is declared as a router: before it has any address itself.
 * @throws COMMAND_FAILED with what the guest says; BOOT_TIMEOUT, MACHINE_DOWN
 */
export async function startRouting(
  life: Life,
  session: AgentSession,
  { name: machine, router }: Pick<NodePlan, "name" | "router">,
  deadline: Deadline,
): Promise<void> {
  if (!router) return;
  const late = (): Error =>
    new MachinesError("BOOT_TIMEOUT", `${machine} was still loading its packet filter`, { machine });
  const argv = ["sh", "-c", script, "sh", routerRules(router)] as const;
  const work = runProgram(session, machine, { argv, inVain: "could not become a router" });
  await life.guard(deadline.race(work, late));
}
