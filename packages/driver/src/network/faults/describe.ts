import type { CutFault, Fault, LinkFault } from "./fault.ts";

/** A fault in a line: `loss 10%, burst 4, what comes to server on lan`. Pure. */
export function describeFault(fault: Fault): string {
  const place = fault.kind === "link" ? linkPlace(fault) : "";
  const network = fault.network === undefined ? "" : ` on ${fault.network}`;
  return `${fault.kind === "link" ? whatOf(fault) : cutWords(fault)}${place}${network}`;
}

function whatOf({ isDown, impairments }: LinkFault): string {
  const values = Object.entries(impairments).filter(([, value]) => value !== undefined && value !== null);
  const words = values.map(([key, value]) => (value === true ? key : `${key} ${String(value)}`));
  return [...(isDown ? ["cable out"] : []), ...words].join(", ");
}

function linkPlace({ on, direction }: LinkFault): string {
  const whose = on === undefined ? "every machine" : on.join(", ");
  if (direction === undefined) return `, link of ${whose}`;
  return direction === "in" ? `, what comes to ${whose}` : `, what ${whose} sends`;
}

function cutWords({ kind, groups }: CutFault): string {
  const words = groups.map((group) => group.join(", "));
  if (kind === "cut") return `cut: ${words[1]} without what ${words[0]} sends`;
  return `${{ partition: "partition", isolate: "isolated", bridge: "bridge", majorityRing: "majority ring" }[kind]}: ${words.join(" | ")}`;
}
