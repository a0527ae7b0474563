import { fault, type Fault, type ScheduleOptions } from "@vitest-machines/driver";
import { invalid } from "@vitest-machines/host";
import { relocated } from "./relocated.ts";
import { cutKeys, linkKeys, type FaultOfFile, type FaultsOfFile } from "./schema-faults.ts";

/** A schedule of faults as `cluster()` takes it. @throws DECLARATION_INVALID */
export function toSchedule({ from, ...rest }: FaultsOfFile): ScheduleOptions {
  return { ...rest, from: from.map((one, index) => relocated("fault", `faults.from[${index}]`, () => toFault(one))) };
}

function toFault(written: FaultOfFile): Fault {
  checkAlone(written);
  const { isolate, partition, cut, bridge, majorityRing, down, on, network, direction, ...impairments } = written;
  if (isolate !== undefined) return fault.isolate(isolate, { network });
  if (partition !== undefined) return fault.partition(partition.map(list), { network });
  if (cut !== undefined) return fault.cut({ ...cut, network });
  if (bridge !== undefined) {
    const { left, between, right } = bridge;
    return fault.bridge({ left: list(left), between: list(between), right: list(right), network });
  }
  if (majorityRing !== undefined) return fault.majorityRing(majorityRing, { network });
  if (down !== undefined) return fault.down({ on, network });
  return fault.link(impairments, { on, network, direction });
}

/** What goes wrong is one kind of cut, or that cables are out, or values of links, of which there may be several. */
function checkAlone(written: FaultOfFile): void {
  const keys = Object.keys(written);
  const kind = [...cutKeys, "down"].find((key) => keys.includes(key));
  if (kind === undefined) {
    if (keys.some((key) => linkKeys.includes(key))) return;
    const valid = [...linkKeys, "down", ...cutKeys].join(", ");
    throw invalid({ path: "fault", value: written, reason: "does not say what goes wrong", valid });
  }
  const beside = kind === "down" ? ["on", "network"] : ["network"];
  const stray = keys.find((key) => key !== kind && !beside.includes(key));
  if (stray === undefined) return;
  const valid = `${[kind, ...beside].join(", ")}; other faults are items of their own`;
  throw invalid({
    path: `fault.${stray}`,
    value: written[stray as keyof FaultOfFile],
    reason: `cannot be with ${kind}`,
    valid,
  });
}

function list(names: string | readonly string[]): readonly string[] {
  return typeof names === "string" ? [names] : names;
}
