import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { AgentSession } from "../../agent/session.ts";
import { runProgram } from "../contents/run-program.ts";
import type { MachineSetting } from "../setting.ts";
import type { Life } from "./life.ts";

/**
 * Makes the guest's file system as large as its disk, where that is larger than the image's. Doing it again changes nothing.
 * @throws COMMAND_FAILED with what the guest says; BOOT_TIMEOUT, MACHINE_DOWN
 */
export async function growDisk(
  life: Life,
  session: AgentSession,
  { node, boot }: Pick<MachineSetting, "node" | "boot">,
  deadline: Deadline,
): Promise<void> {
  const grow = boot.disk?.grow;
  if (node.diskMiB === undefined || grow === undefined) return;
  const machine = node.name;
  const late = (): Error =>
    new MachinesError("BOOT_TIMEOUT", `${machine} was still growing its file system`, { machine });
  const work = runProgram(session, machine, { argv: grow, inVain: "could not grow its file system" });
  await life.guard(deadline.race(work, late));
}
