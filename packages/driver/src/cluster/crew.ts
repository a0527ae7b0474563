import type { Machine } from "../machine/machine.ts";
import type { Power } from "../machine/power/power.ts";
import type { ShellChoice } from "../machine/run/shell.ts";
import type { MachineSetting } from "../machine/setting.ts";

/** A machine of a cluster, with everything that only the cluster may touch. */
export interface Member {
  readonly machine: Machine;
  readonly power: Power;
  readonly shell: ShellChoice;
  readonly setting: MachineSetting;
  /** Opens what the host is to reach of it. @throws PORT_UNAVAILABLE */
  readonly openDoors: () => Promise<void>;
  /** Closes what its verbs have open on the host. */
  readonly end: () => void;
}

/** The machines of a cluster by name. */
export type Crew = ReadonlyMap<string, Member>;
