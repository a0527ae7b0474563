import { invalid, onlyKnown } from "@vitest-machines/host";
import { interfaceMac, lastVlan, schemeAddresses } from "../addresses.ts";
import type { InterfacePlan } from "../plan.ts";
import { planAsking } from "./dhcp/card.ts";
import { validateMtu } from "./mtu.ts";
import { validateMirror } from "./mirrors.ts";
import type { NetworkPlan, Networks } from "./networks.ts";
import { hostOf, parsePrefix, prefixText } from "./prefix.ts";
import { validateTags } from "./tags.ts";
import { validateChoice } from "../settings.ts";

/** What a machine says of its cards, and where it says it. */
export interface CardsDeclaration {
  /** Value and path; undefined when neither the machine nor the defaults say anything. */
  readonly vlans: readonly [unknown, string];
  readonly interfaces: readonly [unknown, string];
  /** Names that other cards have. */
  readonly taken: readonly string[];
}

interface Card {
  readonly name: string;
  readonly network: NetworkPlan;
  /** Undefined: those that follow from network and machine. */
  readonly addresses: readonly string[] | undefined;
  readonly mtu: number | undefined;
  readonly dhcp: boolean | undefined;
  readonly tags: ReturnType<typeof validateTags>;
  readonly isMirror: boolean;
  /** Where its author wrote it. */
  readonly path: string;
}

const keys = ["network", "addresses", "mtu", "dhcp", "tagged", "untagged", "mirror"];

/**
 * The cards of machine `number`: `eth1`, `eth2`, … for its `vlans`, then those with names of their own.
 * @throws MachinesError DECLARATION_INVALID
 */
export function planInterfaces(declared: CardsDeclaration, number: number, networks: Networks): InterfacePlan[] {
  const { taken } = declared;
  const [named, at] = declared.interfaces;
  // As in the NixOS driver: who names cards has those, and no others unless asked for.
  const [vlans = named === undefined ? [1] : [], path] = declared.vlans;
  const plain = validateVlans(vlans, path, networks).map((network, index): Card => {
    const unsaid = { addresses: undefined, mtu: network.mtu, dhcp: undefined, tags: {}, isMirror: false };
    return { name: `eth${index + 1}`, network, ...unsaid, path: `${path}[${index}]` };
  });
  const own =
    named === undefined ? [] : validateCards(named, at, networks, [...taken, ...plain.map(({ name }) => name)]);
  const cards = [...plain, ...own];
  return cards.map(({ name, network, addresses, mtu, dhcp, tags, isMirror, path }, index): InterfacePlan => {
    const { vlan } = network;
    const before = cards.slice(0, index).filter((other) => other.network.vlan === vlan);
    const mac = interfaceMac(vlan, number, before.length);
    if (isMirror) return { name, vlan, mac, addresses: [], mirror: true };
    const isFirst = before.every((other) => other.isMirror);
    const given = addresses ?? (isFirst ? networkAddresses(network, number) : []);
    const { untagged } = tags;
    const asking = planAsking({ dhcp, network, addresses: given, isOwn: addresses !== undefined, untagged, path });
    return { name, vlan, mac, ...asking, ...(mtu !== undefined && { mtu }), ...tags };
  });
}

function validateVlans(value: unknown, path: string, networks: Networks): NetworkPlan[] {
  const names = [...networks.keys()];
  if (!Array.isArray(value)) {
    const valid = "a list such as [1] or [1, 2], or of names of networks; [] for none";
    throw invalid({ path, value, reason: "is not a list of VLANs", valid });
  }
  const vlans = value as unknown[];
  return vlans.map((vlan, index) => {
    const network = networkOf(vlan, `${path}[${index}]`, networks, names);
    if (vlans.indexOf(vlan) === index) return network;
    const valid = "every VLAN once; a second card on one is declared in `interfaces`";
    throw invalid({ path: `${path}[${index}]`, value: vlan, reason: "is in the list twice", valid });
  });
}

function validateCards(value: unknown, path: string, networks: Networks, taken: readonly string[]): Card[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid({ path, value, reason: "is not an object", valid: "cards by name, such as { lan: { network: 1 } }" });
  }
  return Object.entries(value as Record<string, unknown>).map(([name, card]) => {
    if (!/^[a-zA-Z][\w-]{0,14}$/.test(name) || name === "lo") {
      const valid = "letters, digits, dashes and underscores, starting with a letter, at most 15; not lo";
      throw invalid({ path, value: name, reason: "is not a name for a card", valid });
    }
    if (taken.includes(name)) {
      throw invalid({
        path,
        value: name,
        reason: "is the name of another card",
        valid: `names but ${taken.join(", ")}`,
      });
    }
    return validateCard(name, card, `${path}.${name}`, networks);
  });
}

function validateCard(name: string, value: unknown, path: string, networks: Networks): Card {
  if (typeof value !== "object" || value === null) {
    throw invalid({ path, value, reason: "is not an object", valid: `an object with ${keys.join(", ")}` });
  }
  onlyKnown(path, value, keys);
  const { network: which, mirror, ...settings } = value as Record<string, unknown>;
  const { addresses, mtu, dhcp, ...tags } = settings;
  const network = networkOf(which, `${path}.network`, networks, [...networks.keys()]);
  return {
    name,
    network,
    isMirror: validateMirror(mirror, path, settings),
    addresses: addresses === undefined ? undefined : validateAddresses(addresses, `${path}.addresses`),
    mtu: mtu === undefined ? network.mtu : validateMtu(mtu, `${path}.mtu`),
    dhcp: dhcp === undefined ? undefined : validateChoice(dhcp, `${path}.dhcp`),
    tags: validateTags(tags, path),
    path,
  };
}

function validateAddresses(value: unknown, path: string): string[] {
  const valid = 'a list such as ["10.0.0.1/24", "fd00::1/64"]; [] for none';
  if (!Array.isArray(value)) throw invalid({ path, value, reason: "is not a list of addresses", valid });
  return (value as unknown[]).map((text, index) => {
    const prefix = parsePrefix(text);
    if (prefix) return prefixText(prefix);
    const reason = "is not an address with the length of its network";
    throw invalid({ path: `${path}[${index}]`, value: text, reason, valid });
  });
}

/** A network by its number, of which nothing else is said, or by its name. */
function networkOf(value: unknown, path: string, networks: Networks, names: readonly string[]): NetworkPlan {
  if (typeof value === "string") {
    const network = networks.get(value);
    if (network) return network;
    const valid = names.length === 0 ? "a number; the cluster declares no `networks`" : names.join(", ");
    throw invalid({ path, value, reason: "is no network of the cluster", valid });
  }
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= lastVlan) {
    const named = [...networks.values()].find(({ vlan }) => vlan === value);
    return named ?? { vlan: value, ipv4: undefined, ipv6: undefined, mtu: undefined };
  }
  const valid = `whole numbers from 1 to ${lastVlan}${names.length === 0 ? "" : `, ${names.join(", ")}`}`;
  throw invalid({ path, value, reason: "is not a VLAN", valid });
}

function networkAddresses({ vlan, ipv4, ipv6 }: NetworkPlan, number: number): string[] {
  const scheme = schemeAddresses(vlan, number);
  const own = (network: NetworkPlan["ipv4"], fallback: string): string[] => {
    if (network === undefined) return [fallback];
    if (network === null) return [];
    const host = hostOf(network, number);
    if (host) return [prefixText(host)];
    const valid = "a larger network, or addresses of the machine's own";
    throw invalid({ path: "networks", value: prefixText(network), reason: `has no room for machine ${number}`, valid });
  };
  return [...own(ipv4, scheme.ipv4), ...own(ipv6, scheme.ipv6)];
}
