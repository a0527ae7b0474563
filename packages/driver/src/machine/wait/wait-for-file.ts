import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitForTarget } from "./wait-for-target.ts";

export function waitForFile(context: MachineContext, path: string, options: VerbOptions = {}): Promise<void> {
  return waitForTarget(context, { target: { kind: "path", path }, what: `${path} to exist` }, options);
}
