import type { ForwardedPort, InterfacePlan } from "../topology/plan.ts";
import type { Trace } from "../trace/trace.ts";
import type { MachineEvent } from "./events.ts";
import type { Activity } from "./log/activity.ts";
import type { DoorAddress } from "./reach/door.ts";
import type { Power } from "./power/power.ts";
import type { Stumbles } from "./stumbles/stumbles.ts";
import type { ShellChoice } from "./run/shell.ts";

/** What the verbs of one machine share. */
export interface MachineContext {
  readonly name: string;
  readonly power: Power;
  readonly activity: Activity;
  readonly trace: Trace;
  readonly report: (event: MachineEvent) => void;
  /** Its cards on VLANs, in the order of QEMU's names for them. */
  readonly interfaces: readonly InterfacePlan[];
  /** Fires when its cluster stops: what it has open on the host goes then. */
  readonly ended: AbortSignal;
  readonly incidents: readonly string[];
  readonly stumbles: Stumbles;
  /** Its guest has systemd. */
  readonly hasUnits: boolean;
  /** Units that somebody waited for: their journals tell why a test failed. */
  readonly waitedFor: Set<string>;
  readonly waitTimeoutMs: number;
  readonly bootTimeoutMs: number;
  /** Of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** What its declaration wants to be reached from the host. */
  readonly forwardPorts: readonly ForwardedPort[];
  /** Where the host finds those, by port of the guest; filled before the machine starts. */
  readonly doors: Map<number, DoorAddress>;
  readonly shell: ShellChoice;
  /** How many `nested()` blocks surround what happens now. */
  depth: number;
}
