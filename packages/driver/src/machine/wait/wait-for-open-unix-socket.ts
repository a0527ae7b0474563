import type { MachineContext } from "../context.ts";
import type { VerbOptions } from "../options.ts";
import { waitForTarget } from "./wait-for-target.ts";

export function waitForOpenUnixSocket(context: MachineContext, path: string, options: VerbOptions = {}): Promise<void> {
  return waitForTarget(context, { target: { kind: "unix", path }, what: `the socket ${path} to open` }, options);
}
