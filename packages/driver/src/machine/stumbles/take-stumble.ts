import type { MachinesError } from "@vitest-machines/host";
import type { MachineContext } from "../context.ts";
import { consoleBlock } from "../power/life.ts";

/** Enough for the registers and the call trace of an oops. */
const consoleLines = 60;

export function takeStumble({ name, power, stumbles }: MachineContext): Promise<MachinesError | undefined> {
  return stumbles.take(() => (power.life ? [consoleBlock(name, power.life.console, consoleLines)] : []));
}
