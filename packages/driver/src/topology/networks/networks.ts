import { invalid, onlyKnown } from "@vitest-machines/host";
import { lastVlan } from "../addresses.ts";
import type { NodeDeclaration } from "../declaration.ts";
import { validateDhcp, type DhcpOptions } from "./dhcp/declared.ts";
import { validateMtu } from "./mtu.ts";
import { parsePrefix, type Prefix } from "./prefix.ts";

/** A network that has a name. */
export interface NetworkPlan {
  readonly vlan: number;
  /** Undefined: the scheme's own. Null: none. */
  readonly ipv4: Prefix | null | undefined;
  readonly ipv6: Prefix | null | undefined;
  readonly mtu: number | undefined;
  /** It has a DHCP server. */
  readonly dhcp?: DhcpOptions | undefined;
}

/** By name. */
export type Networks = ReadonlyMap<string, NetworkPlan>;

/** The VLANs that machines call by number, however wrong the rest of what they say is. */
export function numberedVlans(nodes: readonly unknown[]): Set<number> {
  const said = nodes.flatMap((node) => {
    const { vlans, interfaces } = (isObject(node) ? node : {}) as NodeDeclaration;
    const cards = isObject(interfaces) ? Object.values(interfaces as Record<string, unknown>) : [];
    return [
      ...(Array.isArray(vlans) ? (vlans as unknown[]) : []),
      ...cards.map((card) => isObject(card) && card["network"]),
    ];
  });
  return new Set(said.filter((vlan) => typeof vlan === "number"));
}

const keys = ["vlan", "ipv4", "ipv6", "mtu", "dhcp"];

/**
 * @param numbered VLANs that machines name by number: a network without a number of its own gets the lowest that is free
 * @throws MachinesError DECLARATION_INVALID
 */
export function validateNetworks(value: unknown, numbered: ReadonlySet<number>): Networks {
  if (value === undefined) return new Map();
  const valid = 'networks by name, such as { lan: {}, wan: { ipv4: "203.0.113.0/24" } }';
  if (!isObject(value)) throw invalid({ path: "networks", value, reason: "is not an object", valid });
  const names = Object.keys(value).sort();
  const declared = names.map((name) => ({ name, ...validateNetwork(name, value[name]) }));
  const owners = new Map<number, string>();
  for (const { name, vlan } of declared) {
    if (vlan === undefined) continue;
    const owner = owners.get(vlan);
    if (owner !== undefined) {
      const reason = `is the VLAN of network ${JSON.stringify(owner)} too`;
      throw invalid({ path: `networks.${name}.vlan`, value: vlan, reason, valid: "a VLAN for each network" });
    }
    owners.set(vlan, name);
  }
  const free = Array.from({ length: lastVlan }, (_, index) => index + 1).filter(
    (vlan) => !owners.has(vlan) && !numbered.has(vlan),
  );
  return new Map(declared.map(({ name, vlan = free.shift(), ...network }) => [name, { ...network, vlan: fits(vlan) }]));
}

function validateNetwork(name: string, value: unknown): Omit<NetworkPlan, "vlan"> & { vlan: number | undefined } {
  const path = `networks.${name}`;
  if (!/^[a-zA-Z][\w-]{0,31}$/.test(name)) {
    const valid = "letters, digits, dashes and underscores, starting with a letter, at most 32";
    throw invalid({ path: "networks", value: name, reason: "is not a name for a network", valid });
  }
  if (!isObject(value)) throw invalid({ path, value, reason: "is not an object", valid: `{} with ${keys.join(", ")}` });
  onlyKnown(path, value, keys);
  const { vlan, ipv4, ipv6, mtu } = value;
  const dhcp = validateDhcp(value["dhcp"], `${path}.dhcp`, ipv4);
  if (vlan !== undefined && !(Number.isInteger(vlan) && Number(vlan) >= 1 && Number(vlan) <= lastVlan)) {
    const valid = `whole numbers from 1 to ${lastVlan}`;
    throw invalid({ path: `${path}.vlan`, value: vlan, reason: "is not a VLAN", valid });
  }
  return {
    vlan: vlan as number | undefined,
    ipv4: validatePrefix(ipv4, 4, `${path}.ipv4`),
    ipv6: validatePrefix(ipv6, 6, `${path}.ipv6`),
    mtu: mtu === undefined ? undefined : validateMtu(mtu, `${path}.mtu`),
    ...(dhcp && { dhcp }),
  };
}

function validatePrefix(value: unknown, family: 4 | 6, path: string): Prefix | null | undefined {
  if (value === undefined) return undefined;
  if (value === false) return null;
  const prefix = parsePrefix(value);
  if (prefix?.family === family) return prefix;
  const example = family === 4 ? '"10.1.0.0/16"' : '"fd00:1::/64"';
  throw invalid({ path, value, reason: `is not an IPv${family} network`, valid: `${example}, or false for none` });
}

function fits(vlan: number | undefined): number {
  if (vlan !== undefined) return vlan;
  const valid = `at most ${lastVlan} networks`;
  throw invalid({ path: "networks", value: "…", reason: "are more than there are VLANs", valid });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
