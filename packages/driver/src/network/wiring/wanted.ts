import type { Passes } from "../crossbar/forwarding.ts";
import type { Settings } from "../faults/impairments.ts";

/** What the link at one port of a switch is to do. */
export interface WantedLink {
  readonly port: number;
  /** The switch's VLAN that its untagged packets are in while nothing is wrong. */
  readonly home: number;
  /** Its group there: 0 is where everything is that nobody has moved. */
  readonly group: number;
  /** Towards the machine, and from it; undefined where packets pass as they come. */
  readonly in: Settings | undefined;
  readonly out: Settings | undefined;
}

/** Who hears whom within one VLAN of a switch. */
export interface WantedSegment {
  readonly home: number;
  /** Of ports; those of one group hear each other. */
  readonly groups: number;
  /** Which group is heard by which; undefined where none hears another. */
  readonly passes: Passes | undefined;
}

/** What one switch is to be, as far as it is not what it was when it started. */
export interface Wanted {
  readonly links: readonly WantedLink[];
  readonly segments: readonly WantedSegment[];
}

/** Whether it is to be as it was. */
export function isNothing({ links, segments }: Wanted): boolean {
  return segments.every(({ groups }) => groups === 1) && links.every((link) => !link.in && !link.out);
}
