import type { BootFiles } from "@vitest-machines/images";
import type { Accelerator } from "../qemu/accelerator.ts";
import type { NodePlan } from "../topology/plan.ts";
import type { Trace } from "../trace/trace.ts";
import type { Contents } from "./contents/contents.ts";
import type { MachineEvent } from "./events.ts";
import type { Stumbles } from "./stumbles/stumbles.ts";
import type { Life } from "./power/life.ts";
import type { Seat } from "./power/seat.ts";

/** What a machine is given by its cluster. */
export interface MachineSetting {
  readonly node: NodePlan;
  readonly boot: BootFiles;
  /** What it has beside what its image has. */
  readonly contents?: Contents | undefined;
  readonly accelerator: Accelerator;
  /** Where it starts. */
  readonly seat: Seat;
  readonly trace: Trace;
  readonly report: (event: MachineEvent) => void;
  readonly bootTimeoutMs: number;
  readonly stumbles: Stumbles;
  /** What went wrong around the machine, one block of text each; grows. */
  readonly incidents: readonly string[];
  /** What the DHCP server on a switch, by its folder, has heard of a card and said to it, a line each. */
  readonly dhcpHeard?: ((switchFolder: string, mac: string) => Promise<string[]>) | undefined;
  /** What waits may take unless told otherwise, in milliseconds. */
  readonly waitTimeoutMs: number;
  /** Called with each of its runs before the guest does anything. @throws what the run then ends with */
  readonly beforeRun?: ((node: NodePlan, life: Life) => Promise<void>) | undefined;
}
