import { invalid } from "@vitest-machines/host";
import ipaddr from "ipaddr.js";
import { interfaceMac, lastNodeNumber } from "../../addresses.ts";
import type { InterfacePlan, NodePlan } from "../../plan.ts";
import { dhcpPort } from "../../ports.ts";
import type { NetworkPlan, Networks } from "../networks.ts";
import { hostOf, isWithin, parseAddress, parsePrefix, prefixText, type Prefix } from "../prefix.ts";
import type { DhcpOptions } from "./declared.ts";
import type { DhcpPlan } from "./plan.ts";
import { subnetOf } from "./subnet.ts";

type Node = Pick<NodePlan, "name" | "interfaces" | "router">;

/** Of smaller networks there is nothing left beside machines and server. */
const longest = 29;

/** The DHCP servers of those networks that want one and that some machine is on. @throws MachinesError DECLARATION_INVALID */
export function planDhcp(networks: Networks, nodes: readonly Node[]): DhcpPlan[] {
  const used = new Set(nodes.flatMap(({ interfaces }) => interfaces).map(({ vlan }) => vlan));
  return [...networks].flatMap(([name, network]) =>
    network.dhcp && used.has(network.vlan) ? [planServer(name, network, network.dhcp, nodes)] : [],
  );
}

function planServer(name: string, network: NetworkPlan, options: DhcpOptions, nodes: readonly Node[]): DhcpPlan {
  const { vlan, mtu } = network;
  const path = `networks.${name}.dhcp`;
  const subnet = subnetOf(network);
  if (subnet.length > longest) {
    const valid = `networks with lengths of at most ${longest}`;
    throw invalid({ path, value: prefixText(subnet), reason: "has no room for a DHCP server", valid });
  }
  const range = rangeOf(options, subnet, `${path}.range`);
  const cards = nodes.flatMap(({ interfaces }) => interfaces).filter((card) => card.vlan === vlan);
  const declared = cards.flatMap(({ mac, dhcp, addresses }) =>
    ipv4In(addresses).map((address) => ({ mac, address, isLeased: dhcp === true })),
  );
  const used = new Set(declared.map(({ address }) => address));
  const later = laterLeases(vlan, subnet, nodes.length, range[0]).filter(([, address]) => !used.has(address));
  const leased = declared.filter(({ isLeased }) => isLeased).map(({ mac, address }) => [mac, address] as const);
  const router = routerOf(options, { vlan, subnet, nodes, path: `${path}.router` });
  const dns = options.dns === undefined ? undefined : whose(options.dns, vlan, nodes, `${path}.dns`);
  return {
    ...{ vlan, mac: interfaceMac(vlan, dhcpPort, 0), address: serverAddress(subnet, used), length: subnet.length },
    leases: Object.fromEntries([...leased, ...later]),
    range,
    taken: declared.filter(({ isLeased }) => !isLeased).map(({ address }) => address),
    ...(router !== undefined && { router }),
    ...(dns !== undefined && { dns }),
    ...(mtu !== undefined && { mtu }),
  };
}

/** Default: the upper half. */
function rangeOf({ range }: DhcpOptions, subnet: Prefix, path: string): readonly [string, string] {
  const size = 2 ** (32 - subnet.length);
  const [start, end] = [textOf(subnet, 1), textOf(subnet, size - 2)];
  if (!range) return [textOf(subnet, size / 2), end];
  const [first, last] = range.map((text) => offsetIn(subnet, text));
  if (first !== undefined && last !== undefined && first >= 1 && last <= size - 2 && first <= last) return range;
  const reason = "is no range of its network's addresses";
  throw invalid({ path, value: range, reason, valid: `from the lower to the higher, within ${start} to ${end}` });
}

/** The highest address that no card has. */
function serverAddress(subnet: Prefix, used: ReadonlySet<string>): string {
  for (let offset = 2 ** (32 - subnet.length) - 2; offset > 0; offset--) {
    const address = textOf(subnet, offset);
    if (!used.has(address)) return address;
  }
  throw invalid({
    ...{ path: "networks", value: prefixText(subnet), reason: "has no address left for its DHCP server" },
    valid: "a larger network",
  });
}

/** Machines that are added while the cluster runs have the numbers after the last: their cards are known already. */
function laterLeases(vlan: number, subnet: Prefix, machines: number, firstOfRange: string): [string, string][] {
  const end = offsetIn(subnet, firstOfRange) ?? 0;
  const leases: [string, string][] = [];
  for (let number = machines + 1; number <= lastNodeNumber && number < end; number++) {
    const host = hostOf(subnet, number);
    if (host) leases.push([interfaceMac(vlan, number, 0), host.address]);
  }
  return leases;
}

interface Around {
  readonly vlan: number;
  readonly subnet: Prefix;
  readonly nodes: readonly Node[];
  readonly path: string;
}

function routerOf({ router }: DhcpOptions, { vlan, subnet, nodes, path }: Around): string | undefined {
  if (router === false) return undefined;
  if (router === undefined) {
    const inner = nodes.flatMap((node) => {
      const { outer } = node.router ?? {};
      return outer
        ? ipv4In(
            onNetwork(node, vlan)
              .filter(({ name }) => !outer.includes(name))
              .flatMap(addressesOf),
          )
        : [];
    });
    // Of several nobody knows which is meant.
    return inner.length === 1 ? inner[0] : undefined;
  }
  const address = whose(router, vlan, nodes, path);
  const prefix = parseAddress(address);
  if (prefix && isWithin(prefix, subnet)) return address;
  const valid = `a machine of the network, or an address in ${prefixText(subnet)}`;
  throw invalid({ path, value: router, reason: "is not on the network", valid });
}

/** An address by itself, or by the name of its machine: that on this network before others. */
function whose(who: string, vlan: number, nodes: readonly Node[], path: string): string {
  const node = nodes.find(({ name }) => name === who);
  if (node) {
    const [own] = ipv4In([...onNetwork(node, vlan), ...node.interfaces].flatMap(addressesOf));
    if (own !== undefined) return own;
  }
  const address = parseAddress(who);
  if (address?.family === 4) return address.address;
  const valid = `machines with an IPv4 address: ${nodes.map(({ name }) => name).join(", ")}; or such an address`;
  throw invalid({ path, value: who, reason: "is neither a machine nor an IPv4 address", valid });
}

function onNetwork({ interfaces }: Node, vlan: number): InterfacePlan[] {
  return interfaces.filter((card) => card.vlan === vlan);
}

function addressesOf({ addresses }: InterfacePlan): readonly string[] {
  return addresses;
}

function ipv4In(addresses: readonly string[]): string[] {
  return addresses.flatMap((text) => {
    const prefix = parsePrefix(text);
    return prefix?.family === 4 ? [prefix.address] : [];
  });
}

function numberOf(address: string): number {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

function baseOf({ address, length }: Prefix): number {
  const size = 2 ** (32 - length);
  return Math.floor(numberOf(address) / size) * size;
}

function textOf(subnet: Prefix, offset: number): string {
  const value = baseOf(subnet) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Undefined for an address of another network. */
function offsetIn(subnet: Prefix, address: string): number | undefined {
  const offset = numberOf(address) - baseOf(subnet);
  return offset >= 0 && offset < 2 ** (32 - subnet.length) ? offset : undefined;
}
