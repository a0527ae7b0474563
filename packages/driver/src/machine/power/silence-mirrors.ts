import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { AgentSession } from "../../agent/session.ts";
import type { NodePlan } from "../../topology/plan.ts";
import { runProgram } from "../contents/run-program.ts";
import type { Life } from "./life.ts";

/** A kernel may have no IPv6. */
const script = `for card; do
  switch=/proc/sys/net/ipv6/conf/$card/disable_ipv6
  if [ -e "$switch" ]; then echo 1 > "$switch"; fi
done`;

/**
 * Keeps a guest from having addresses on its mirror ports: it would make some for IPv6, and take what routers advertise to others
 * for its own way out, which leads nowhere there.
 * @throws COMMAND_FAILED with what the guest says; BOOT_TIMEOUT, MACHINE_DOWN
 */
export async function silenceMirrors(
  life: Life,
  session: AgentSession,
  { name: machine, interfaces }: Pick<NodePlan, "name" | "interfaces">,
  deadline: Deadline,
): Promise<void> {
  const names = interfaces.filter(({ mirror }) => mirror).map(({ name }) => name);
  if (names.length === 0) return;
  const late = (): Error =>
    new MachinesError("BOOT_TIMEOUT", `${machine} was still setting up its mirror ports`, { machine });
  const argv = ["sh", "-c", script, "sh", ...names] as const;
  const work = runProgram(session, machine, { argv, inVain: "could not set up its mirror ports" });
  await life.guard(deadline.race(work, late));
}
