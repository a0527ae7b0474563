import type { Card } from "../address-book.ts";
import { describeFrame } from "../describe-frame.ts";
import type { Packet } from "../packet.ts";
import { journeysOf, type Journey, type Seen } from "./journeys.ts";

const mostFlows = 6;
const mostPackets = 12;
/** A packet that was sent so shortly before the end may still be on its way, in milliseconds. */
const onItsWayMs = 100;

/**
 * What happened, as text: the flows that were last, each with its last packets, when they were sent, and where they did not arrive.
 * A flow is what two ends say to each other over one protocol on one network. Pure.
 * @param all of both directions, in the order of their time
 * @param from what times are counted from, and `until` when the recording ended, in milliseconds since the epoch
 */
export function timelineOf(
  all: readonly Seen[],
  cards: readonly Card[],
  { from, until }: { from: number; until: number },
): string {
  const flows = new Map<string, Journey[]>();
  for (const journey of journeysOf(all, cards)) {
    const name = flowName(journey.packet);
    const before = flows.get(name);
    if (before) before.push(journey);
    else flows.set(name, [journey]);
  }
  if (flows.size === 0) return "no packets";
  const last = (journeys: readonly Journey[]): number => journeys.at(-1)?.packet.time ?? 0;
  const ordered = [...flows].sort(([, a], [, b]) => last(a) - last(b));
  const shown = ordered.slice(-mostFlows);
  const hidden = ordered.length - shown.length;
  return [
    ...(hidden > 0 ? [`… ${counted(hidden, "flow")} before these`] : []),
    ...shown.flatMap(([name, journeys]) => flowLines(name, journeys, from, until)),
  ].join("\n");
}

function flowLines(name: string, journeys: readonly Journey[], from: number, until: number): string[] {
  const lost = journeys.filter(({ missedBy }) => missedBy !== undefined).length;
  const hidden = Math.max(0, journeys.length - mostPackets);
  const total = `${counted(journeys.length, "packet")}${lost > 0 ? `, ${lost} lost` : ""}`;
  return [
    `${name} (${total})`,
    ...(hidden > 0 ? [`  … ${counted(hidden, "packet")} before these`] : []),
    ...journeys.slice(-mostPackets).map((journey) => `  ${line(journey, from, until)}`),
  ];
}

function line({ packet, arrivals, missedBy, isUnsent }: Journey, from: number, until: number): string {
  const at = `${((packet.time - from) / 1000).toFixed(4).padStart(9)} s`;
  const yet = until - packet.time < onItsWayMs ? " yet" : "";
  const times = Math.max(0, ...[...new Set(arrivals)].map((name) => arrivals.filter((one) => one === name).length));
  const notes = [
    ...(missedBy === undefined ? [] : [`not seen at ${missedBy}${yet}`]),
    ...(isUnsent ? [`seen at ${packet.machine}; no machine has sent it so`] : []),
    ...(times > 1 ? [`arrived ${times} times`] : []),
  ];
  const said = `${packet.from} → ${packet.to}  ${describeFrame(packet)}`;
  return `${at}  ${said}${notes.length === 0 ? "" : `  — ${notes.join(", ")}`}`;
}

function flowName({ network, from, to, protocol, tcp, udp }: Packet): string {
  const carrier = tcp ? "tcp" : udp ? "udp" : protocol;
  const ports = tcp ?? udp;
  const ends = ports ? [`${from}:${ports.sourcePort}`, `${to}:${ports.destinationPort}`] : [from, to];
  return `${network}, ${carrier}: ${ends.sort().join(" ↔ ")}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
