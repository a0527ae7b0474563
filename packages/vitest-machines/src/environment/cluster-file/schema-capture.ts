import { packetDirections, protocols, type CaptureDeclaration, type PacketFilter } from "@vitest-machines/driver";
import * as v from "valibot";

/** What is recorded of the networks of a cluster file. */
export type CaptureOfFile = CaptureDeclaration;

const oneOrMore = <T extends string | number>(one: v.GenericSchema<T>): v.GenericSchema<T | T[]> =>
  v.union([one, v.array(one)]);
const party = oneOrMore(v.string());

const filter: v.GenericSchema<PacketFilter> = v.strictObject({
  network: v.optional(
    v.pipe(oneOrMore<number | string>(v.union([v.number(), v.string()])), v.description("By number or name.")),
  ),
  machine: v.optional(v.pipe(party, v.description("At whose card they were seen."))),
  direction: v.optional(
    v.pipe(v.picklist(packetDirections), v.description("At that card: out is sent, in has arrived. Default: both.")),
  ),
  protocol: v.optional(oneOrMore(v.picklist(protocols))),
  from: v.optional(v.pipe(party, v.description("A machine, an address, a network such as 10.1.0.0/16, or a MAC."))),
  to: v.optional(v.pipe(party, v.description("The same."))),
  port: v.optional(v.pipe(oneOrMore(v.number()), v.description("Of TCP or UDP, at either end."))),
});

export const capture: v.GenericSchema<CaptureOfFile> = v.strictObject({
  networks: v.optional(
    v.pipe(
      v.array(v.union([v.number(), v.string()])),
      v.description("Which networks, by number or name. Default: all."),
    ),
  ),
  filter: v.optional(v.pipe(filter, v.description("Which packets. Default: all."))),
  onFailure: v.optional(
    v.pipe(v.boolean(), v.description("false leaves files of suites that have passed, too. Default: true.")),
  ),
});
