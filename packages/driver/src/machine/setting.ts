import type { Lease } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import type { Accelerator } from "../qemu/accelerator.ts";
import type { NodePlan } from "../topology/plan.ts";
import type { Trace } from "../trace/trace.ts";
import type { MachineEvent } from "./events.ts";

/** What a machine is given by its cluster. */
export interface MachineSetting {
  readonly node: NodePlan;
  readonly boot: BootFiles;
  readonly lease: Lease;
  readonly accelerator: Accelerator;
  /** The folder of each VLAN's switch. */
  readonly switches: ReadonlyMap<number, string>;
  readonly trace: Trace;
  readonly report: (event: MachineEvent) => void;
  readonly bootTimeoutMs: number;
  /** What went wrong around the machine, one block of text each; grows. */
  readonly incidents: readonly string[];
  /** What waits may take unless told otherwise, in milliseconds. */
  readonly waitTimeoutMs: number;
}
