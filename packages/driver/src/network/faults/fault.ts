import { invalid } from "@vitest-machines/host";
import type { Direction } from "../wiring/filter.ts";
import { settingsOf, type Impairments } from "./impairments.ts";
import type { Duration, Percentage, Rate } from "./quantities.ts";

/** A machine of a cluster, by its name or by its handle. */
export type MachineRef<Name extends string = string> = Name | { readonly name: string };

/** Where a fault of links is. */
export interface Place<Name extends string = string> {
  /** The machine whose links have it, or several. Default: all machines. */
  on?: MachineRef<Name> | readonly MachineRef<Name>[] | undefined;
  /** A network by name or number, or a card by its name. Default: all. */
  network?: string | number | undefined;
  /** `"in"`: what comes to the machine; `"out"`: what it sends. Default: both. */
  direction?: Direction | undefined;
}

/** Which machines a partition is of. */
export interface Where {
  /** A network by name or number. Default: all. */
  network?: string | number | undefined;
}

/** A fault of links. */
export interface LinkFault {
  readonly kind: "link";
  readonly on: readonly string[] | undefined;
  readonly network: string | number | undefined;
  readonly direction: Direction | undefined;
  /** The cable is out. */
  readonly isDown: boolean;
  readonly impairments: Impairments;
}

/** Machines that do not hear some others. */
export interface CutFault {
  readonly kind: "partition" | "isolate" | "cut" | "bridge" | "majorityRing";
  readonly network: string | number | undefined;
  /** `partition`: those that are kept apart; `cut`: who is not heard, and by whom; `bridge`: both sides, and who is between. */
  readonly groups: readonly (readonly string[])[];
}

/** Something that can go wrong with a network, as a value: plain data, which does nothing until it is injected. */
export type Fault = LinkFault | CutFault;

type Ref = MachineRef;
const listOf = (refs: Ref | readonly Ref[]): readonly Ref[] =>
  typeof refs === "object" && "length" in refs ? refs : [refs];
const name = (ref: Ref): string => (typeof ref === "string" ? ref : ref.name);

function link(impairments: Impairments, { on, network, direction }: Place = {}, isDown = false): LinkFault {
  settingsOf(impairments, "fault");
  if (direction !== undefined && !["in", "out"].includes(direction)) {
    throw invalid({ path: "fault.direction", value: direction, reason: "is no direction", valid: '"in" or "out"' });
  }
  const machines = on === undefined ? undefined : listOf(on).map(name);
  return { kind: "link", on: machines, network, direction, isDown, impairments };
}

function cuts(kind: CutFault["kind"], groups: readonly (readonly Ref[])[], { network }: Where = {}): CutFault {
  const names = groups.map((group) => group.map(name));
  const all = names.flat();
  const twice = all.find((one, index) => all.indexOf(one) !== index);
  if (twice !== undefined) {
    throw invalid({ path: `fault.${kind}`, value: twice, reason: "is there twice", valid: "each machine once" });
  }
  const least = { partition: 2, isolate: 1, cut: 2, bridge: 3, majorityRing: 1 }[kind];
  if (names.length < least || names.some(({ length }) => length === 0)) {
    const valid = kind === "partition" ? "two groups of machines or more" : "machines in each group";
    throw invalid({ path: `fault.${kind}`, value: names, reason: "does not say enough", valid });
  }
  if (kind === "majorityRing" && all.length < 3) {
    throw invalid({ path: "fault.majorityRing", value: all, reason: "are too few", valid: "three machines or more" });
  }
  return { kind, network, groups: names };
}

/**
 * Faults as values, for `network.inject` and for schedules. A fault of links is one of all links of the cluster unless it says
 * `on`; two machines then meet it twice, once at each end of their way.
 */
export const fault = {
  /** Any {@link Impairments} together. @throws DECLARATION_INVALID, as all do */
  link: (impairments: Impairments, place?: Place): LinkFault => link(impairments, place),
  /** Packets are lost; `burst` is the mean length of runs of losses. */
  loss: (loss: Percentage, { burst, ...place }: Place & { burst?: number } = {}): LinkFault =>
    link({ loss, burst }, place),
  /** Packets take longer; `jitter` spreads it to both sides, and `reorder` lets them overtake each other. */
  delay: (
    delay: Duration,
    { jitter, reorder, ...place }: Place & { jitter?: Duration; reorder?: boolean } = {},
  ): LinkFault => link({ delay, jitter, reorder }, place),
  /** Packets come twice, or more often. */
  duplicate: (duplicate: Percentage, place?: Place): LinkFault => link({ duplicate }, place),
  /** Bits of packets are wrong. */
  corrupt: (corrupt: Percentage, place?: Place): LinkFault => link({ corrupt }, place),
  /** The link is slow. */
  rate: (rate: Rate, place?: Place): LinkFault => link({ rate }, place),
  /** Large packets vanish. */
  mtu: (mtu: number, place?: Place): LinkFault => link({ mtu }, place),
  /** The cable is out, and the guest sees it. */
  down: (place: Omit<Place, "direction"> = {}): LinkFault => link({}, place, true),

  /** No machine of a group hears one of another group. Who is in no group hears all. */
  partition: (groups: readonly (readonly Ref[])[], where?: Where): CutFault => cuts("partition", groups, where),
  /** These machines hear nobody, not each other either, and nobody hears them. */
  isolate: (machines: Ref | readonly Ref[], where?: Where): CutFault => cuts("isolate", [listOf(machines)], where),
  /** What `from` sends does not come to `to`; the other way works. */
  cut: ({ from, to, ...where }: Where & { from: Ref | readonly Ref[]; to: Ref | readonly Ref[] }): CutFault =>
    cuts("cut", [listOf(from), listOf(to)], where),
  /** Two sides do not hear each other; those between them hear both, and both hear them. */
  bridge: ({
    left,
    between,
    right,
    ...where
  }: Where & { left: readonly Ref[]; between: readonly Ref[]; right: readonly Ref[] }): CutFault =>
    cuts("bridge", [left, between, right], where),
  /** Each machine hears the smallest majority, itself and its neighbours in a ring; no two hear the same one. */
  majorityRing: (machines: readonly Ref[], where?: Where): CutFault => cuts("majorityRing", [machines], where),
};
