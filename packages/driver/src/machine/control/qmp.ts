import type { MachineContext } from "../context.ts";

/** Runs a command of QEMU's own protocol. The machine must have been started; it need not be ready. */
export async function qmp<T>(
  context: MachineContext,
  command: string,
  parameters?: Readonly<Record<string, unknown>>,
): Promise<T> {
  if (context.power.phase === "off") await context.power.start();
  const { life } = context.power;
  if (!life) throw new Error(`${context.name} was started and has no QEMU`);
  return life.guard(life.qemu.qmp.execute<T>(command, parameters));
}
