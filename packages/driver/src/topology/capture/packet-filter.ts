import { invalid, onlyKnown, show } from "@vitest-machines/host";
import { parseAddress, parsePrefix, type Prefix } from "../networks/prefix.ts";
import type { Networks } from "../networks/networks.ts";

/** Protocols that are understood, from the outside in. A packet of one is a packet of those that carry it, too. */
export const protocols = ["ethernet", "arp", "ipv4", "ipv6", "icmp", "icmpv6", "tcp", "udp", "dns", "mdns"] as const;
export type Protocol = (typeof protocols)[number];

export const packetDirections = ["out", "in", "both"] as const;
export type PacketDirection = (typeof packetDirections)[number];

type OneOrMore<T> = T | readonly T[];
/** A machine by its name, or by its handle. */
type MachineName = string | { readonly name: string };

/** Which packets are meant. All that is said must be so; of several values for one thing, one of them. */
export interface PacketFilter {
  /** By number or name. */
  network?: OneOrMore<number | string> | undefined;
  /** At whose card it was seen: what this machine sent, and what reached it. */
  machine?: OneOrMore<MachineName> | undefined;
  /**
   * At the card where it was seen: `"out"` is what its machine sent, `"in"` what reached its machine. A packet that is neither
   * lost nor copied is seen once at its sender's and once at each receiver's. Default `"out"`; `"both"` with `machine`.
   */
  direction?: PacketDirection | undefined;
  /** A packet of `"dns"` is one of `"udp"` and of `"ipv4"`, too. */
  protocol?: OneOrMore<Protocol> | undefined;
  /** Whom it is from, wherever it is seen: a machine, an address such as `"10.1.0.7"`, a network `"10.1.0.0/16"`, or a MAC. */
  from?: OneOrMore<MachineName> | undefined;
  /** Whom it is for. */
  to?: OneOrMore<MachineName> | undefined;
  /** Of TCP or UDP, at either end. */
  port?: OneOrMore<number> | undefined;
}

/** One end of a packet. */
export type Party =
  | { readonly kind: "machine"; readonly name: string }
  | { readonly kind: "prefix"; readonly prefix: Prefix }
  | { readonly kind: "mac"; readonly mac: string };

/** A validated filter: what is undefined may be anything. */
export interface FilterPlan {
  readonly vlans?: readonly number[] | undefined;
  readonly machines?: readonly string[] | undefined;
  readonly direction: PacketDirection;
  readonly protocols?: readonly Protocol[] | undefined;
  readonly from?: readonly Party[] | undefined;
  readonly to?: readonly Party[] | undefined;
  readonly ports?: readonly number[] | undefined;
}

/** What a filter can name. */
export interface FilterScope {
  readonly machines: readonly string[];
  /** Every VLAN that a machine is on. */
  readonly vlans: readonly number[];
  readonly networks: Networks;
}

const keys: Record<keyof PacketFilter, true> = {
  network: true,
  machine: true,
  direction: true,
  protocol: true,
  from: true,
  to: true,
  port: true,
};

/**
 * @param direction unless the filter says one; undefined for what its own documentation says
 * @throws MachinesError DECLARATION_INVALID
 */
export function validatePacketFilter(
  value: unknown,
  path: string,
  scope: FilterScope,
  direction?: PacketDirection,
): FilterPlan {
  const known = Object.keys(keys);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid({ path, value, reason: "is not a filter for packets", valid: `an object with ${known.join(", ")}` });
  }
  onlyKnown(path, value, known);
  const given = value as Readonly<Record<keyof PacketFilter, unknown>>;
  const listed = <T>(key: keyof PacketFilter, read: (one: unknown, at: string) => T): T[] | undefined =>
    given[key] === undefined ? undefined : each(given[key], `${path}.${key}`, read);
  const machines = listed("machine", (one, at) =>
    choose(nameOf(one), at, "is no machine of this cluster", scope.machines),
  );
  return {
    vlans: listed("network", (one, at) => vlanOf(one, at, scope)),
    machines,
    direction:
      given.direction === undefined
        ? (direction ?? (machines === undefined ? "out" : "both"))
        : choose(given.direction, `${path}.direction`, "is not a direction", packetDirections),
    protocols: listed("protocol", (one, at) => choose(one, at, "is not a protocol that is understood", protocols)),
    from: listed("from", (one, at) => partyOf(one, at, scope)),
    to: listed("to", (one, at) => partyOf(one, at, scope)),
    ports: listed("port", portOf),
  };
}

/** The VLAN of a network that a machine is on. @throws MachinesError DECLARATION_INVALID */
export function vlanOf(value: unknown, path: string, { vlans, networks }: Omit<FilterScope, "machines">): number {
  const vlan = typeof value === "string" ? networks.get(value)?.vlan : value;
  if (typeof vlan === "number" && vlans.includes(vlan)) return vlan;
  const names = [...networks].filter(([, one]) => vlans.includes(one.vlan)).map(([name]) => show(name));
  const valid = [...names, ...vlans].join(", ") || "none, because no machine is on a network";
  throw invalid({ path, value, reason: "is not a network that a machine is on", valid });
}

function each<T>(value: unknown, path: string, read: (one: unknown, at: string) => T): T[] {
  if (!Array.isArray(value)) return [read(value, path)];
  if (value.length > 0) return value.map((one, index) => read(one, `${path}[${index}]`));
  throw invalid({ path, value, reason: "allows nothing", valid: "one value, or a list of some" });
}

function choose<T extends string>(value: unknown, path: string, reason: string, all: readonly T[]): T {
  const found = all.find((one) => one === value);
  if (found !== undefined) return found;
  throw invalid({ path, value, reason, valid: all.map(show).join(", ") });
}

/** Handles are known by their names. */
function nameOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "name" in value ? value.name : value;
}

function partyOf(given: unknown, path: string, { machines }: FilterScope): Party {
  const value = nameOf(given);
  if (typeof value === "string") {
    if (machines.includes(value)) return { kind: "machine", name: value };
    if (/^([\da-f]{2}:){5}[\da-f]{2}$/i.test(value)) return { kind: "mac", mac: value.toLowerCase() };
    const prefix = parseAddress(value) ?? parsePrefix(value);
    if (prefix) return { kind: "prefix", prefix };
  }
  const valid = `${machines.map(show).join(", ")}, an address, a network such as "10.1.0.0/16", or a MAC`;
  throw invalid({ path, value, reason: "is nobody whom a packet can be from or for", valid });
}

function portOf(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw invalid({ path, value, reason: "is not a port", valid: "whole numbers from 0 to 65535" });
}
