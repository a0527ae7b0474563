import type { MachineContext } from "../context.ts";
import { portTarget, type PortOptions } from "./port.ts";
import { waitForTarget } from "./wait-for-target.ts";

export async function waitForOpenPort(context: MachineContext, port: number, options: PortOptions = {}): Promise<void> {
  const { target, text } = portTarget(port, options);
  await waitForTarget(context, { target, what: `${text} to open` }, options);
}
