import type { Trace } from "../trace/trace.ts";
import type { MachineEvent } from "./events.ts";
import type { Activity } from "./log/activity.ts";
import type { Power } from "./power/power.ts";
import type { ShellChoice } from "./run/shell.ts";

/** What the verbs of one machine share. */
export interface MachineContext {
  readonly name: string;
  readonly power: Power;
  readonly activity: Activity;
  readonly trace: Trace;
  readonly report: (event: MachineEvent) => void;
  readonly incidents: readonly string[];
  /** Units that somebody waited for: their journals tell why a test failed. */
  readonly waitedFor: Set<string>;
  readonly waitTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly shell: ShellChoice;
  /** How many `nested()` blocks surround what happens now. */
  depth: number;
}
