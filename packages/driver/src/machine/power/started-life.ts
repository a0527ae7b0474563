import type { MachineContext } from "../context.ts";
import type { Life } from "./life.ts";

/** The machine's present run, started if it never ran. It need not be ready: for what needs QEMU alone and no agent. */
export async function startedLife({ power, name }: MachineContext): Promise<Life> {
  if (power.phase === "off") await power.start();
  if (!power.life) throw new Error(`${name} was started and has no QEMU`);
  return power.life;
}
