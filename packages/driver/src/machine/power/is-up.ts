import type { MachineContext } from "../context.ts";

/** Whether it has booted and runs. Looks, and starts nothing. */
export function isUp({ power }: MachineContext): boolean {
  return power.phase === "ready";
}
