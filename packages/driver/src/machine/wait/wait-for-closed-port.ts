import type { MachineContext } from "../context.ts";
import { portTarget, type PortOptions } from "./port.ts";
import { waitForTarget } from "./wait-for-target.ts";

export async function waitForClosedPort(
  context: MachineContext,
  port: number,
  options: PortOptions = {},
): Promise<void> {
  const { target, text } = portTarget(port, options);
  await waitForTarget(context, { target, gone: true, what: `${text} to close` }, options);
}
