import type { MachineContext } from "../context.ts";
import { startedLife } from "../power/started-life.ts";

/** Runs a command of QEMU's own protocol. The machine must have been started; it need not be ready. */
export async function qmp<T>(
  context: MachineContext,
  command: string,
  parameters?: Readonly<Record<string, unknown>>,
): Promise<T> {
  const life = await startedLife(context);
  return life.guard(life.qemu.qmp.execute<T>(command, parameters));
}
