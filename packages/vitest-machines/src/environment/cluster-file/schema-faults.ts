import type { Direction, Duration, Impairments, Percentage, Rate, ScheduleOptions } from "@vitest-machines/driver";
import * as v from "valibot";

type OneOrMore = string | string[];

/** A fault in a cluster file, and where it is. */
export interface FaultOfFile extends Impairments {
  down?: true | undefined;
  isolate?: OneOrMore | undefined;
  partition?: OneOrMore[] | undefined;
  cut?: { from: OneOrMore; to: OneOrMore } | undefined;
  bridge?: { left: OneOrMore; between: OneOrMore; right: OneOrMore } | undefined;
  majorityRing?: string[] | undefined;
  on?: OneOrMore | undefined;
  network?: number | string | undefined;
  direction?: Direction | undefined;
}

/** Random faults in a cluster file. */
export interface FaultsOfFile extends Omit<ScheduleOptions, "from"> {
  from: FaultOfFile[];
}

/** A text whose form is the driver's to check. */
const text = <T extends string>(): v.GenericSchema<T> => v.string() as unknown as v.GenericSchema<T>;
const named = v.union([v.string(), v.array(v.string())]);

/** What links do; several may be in one fault. */
const link = {
  delay: v.optional(v.pipe(text<Duration>(), v.description("Added to the way of each packet: 50ms or 1.5s."))),
  jitter: v.optional(v.pipe(text<Duration>(), v.description("Delays vary by up to this to both sides: 10ms."))),
  reorder: v.optional(v.pipe(v.boolean(), v.description("Whether packets overtake, as jitter has it."))),
  loss: v.optional(v.pipe(text<Percentage>(), v.description("Share of packets that are lost: 10%."))),
  burst: v.optional(v.pipe(v.number(), v.description("Losses come in runs of so many packets, on average."))),
  duplicate: v.optional(v.pipe(text<Percentage>(), v.description("Share of packets that a copy follows: 10%."))),
  corrupt: v.optional(v.pipe(text<Percentage>(), v.description("Share of full-sized packets with wrong bits: 1%."))),
  rate: v.optional(v.pipe(text<Rate>(), v.description("Bits a second: 512kbit, 1mbit or 1.5gbit."))),
  mtu: v.optional(v.pipe(v.number(), v.description("Bytes of an IP packet; longer ones vanish."))),
};

/** Who does not hear whom; one is a fault. */
const cuts = {
  isolate: v.optional(v.pipe(named, v.description("They hear nobody, and nobody hears them."))),
  partition: v.optional(v.pipe(v.array(named), v.description("Groups that do not hear each other: [[a, b], c]."))),
  cut: v.optional(
    v.pipe(
      v.strictObject({ from: named, to: named }),
      v.description("What comes from the one does not come to the other; the other way works."),
    ),
  ),
  bridge: v.optional(
    v.pipe(
      v.strictObject({ left: named, between: named, right: named }),
      v.description("The two sides do not hear each other; those between hear both."),
    ),
  ),
  majorityRing: v.optional(
    v.pipe(v.array(v.string()), v.description("Each hears a majority, and no two the same one.")),
  ),
};

const fault = v.strictObject({
  ...link,
  down: v.optional(v.pipe(v.literal(true), v.description("The cable is out."))),
  ...cuts,
  on: v.optional(v.pipe(named, v.description("Machines whose links have it. Default: all."))),
  network: v.optional(
    v.pipe(v.union([v.number(), v.string()]), v.description("By number or name, or a card by its name. Default: all.")),
  ),
  direction: v.optional(
    v.pipe(
      v.picklist(["in", "out"]),
      v.description("in: what comes to the machine; out: what it sends. Default: both."),
    ),
  ),
});

export const linkKeys: readonly string[] = Object.keys(link);
export const cutKeys: readonly string[] = Object.keys(cuts);

export const faults: v.GenericSchema<FaultsOfFile> = v.strictObject({
  seed: v.optional(v.pipe(v.number(), v.description("The same one gives the same faults. Default: one by chance."))),
  every: v.pipe(text<Duration>(), v.description("From the beginning of one fault to that of the next: 2s.")),
  lasts: v.optional(v.pipe(text<Duration>(), v.description("How long each lasts. Default: until the next begins."))),
  from: v.pipe(
    v.array(fault),
    v.description("What is drawn from, such as [{ loss: 10%, on: server }, { isolate: server }]."),
  ),
});
