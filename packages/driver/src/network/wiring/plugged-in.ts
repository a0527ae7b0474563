import { MachinesError, type Deadline } from "@vitest-machines/host";
import type { SwitchTables } from "./tables.ts";
import type { WatchedProcess } from "./watched-process.ts";

const pollMs = 2;

/**
 * Waits until a switch says that something is plugged into each of these ports.
 * @param what for messages
 * @throws SWITCH_FAILED also when the process that is to be plugged in ends
 */
export async function pluggedIn(
  tables: (deadline: Deadline) => Promise<SwitchTables>,
  plugs: readonly number[],
  what: string,
  { lost }: Pick<WatchedProcess, "lost">,
  deadline: Deadline,
): Promise<void> {
  for (;;) {
    const { entries } = await tables(deadline);
    const active = new Set(entries.filter(({ isActive }) => isActive).map(({ port }) => port));
    if (plugs.every((port) => active.has(port))) return;
    if (deadline.expired) throw new MachinesError("SWITCH_FAILED", `${what} was not plugged in`);
    await Promise.race([deadline.sleep(pollMs), lost]);
  }
}
