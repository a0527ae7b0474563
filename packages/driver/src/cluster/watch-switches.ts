import type { MachinesError } from "@vitest-machines/host";
import type { SetUp } from "./set-up.ts";
import type { SwitchWatch } from "./site.ts";

/** A switch that ends by itself is told to the user, and shown beside what fails because of it. */
export function watchSwitches({ trace, report }: SetUp): {
  readonly watch: SwitchWatch;
  readonly incidents: string[];
  /** They end on purpose from now on. */
  readonly stopping: () => void;
  readonly hear: (listener: (error: MachinesError) => void) => void;
} {
  const incidents: string[] = [];
  let isStopping = false;
  const onEnd = (error: MachinesError): void => {
    incidents.push(error.message);
    trace.add({ type: "error", code: error.code, message: error.message });
    report({ type: "switch-down", error });
    for (const listener of listeners) listener(error);
  };
  const listeners: ((error: MachinesError) => void)[] = [];
  const hear = (listener: (error: MachinesError) => void): void => void listeners.push(listener);
  return { incidents, hear, watch: { onEnd, isStopping: () => isStopping }, stopping: () => void (isStopping = true) };
}
