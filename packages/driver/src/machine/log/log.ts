import type { MachineContext } from "../context.ts";

/** Writes a line into the trace and to whoever listens to the cluster. */
export function log({ name, trace, report, depth }: MachineContext, text: string): void {
  trace.add({ type: "log", machine: name, text, depth });
  report({ type: "log", machine: name, text, depth });
}
