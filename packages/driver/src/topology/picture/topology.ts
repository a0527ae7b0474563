import { schemeAddresses, schemeNetworks } from "../addresses.ts";
import { prefixText } from "../networks/prefix.ts";
import type { ClusterPlan, InterfacePlan, NodePlan } from "../plan.ts";

/** What a picture of a cluster shows: machines, networks, and which is on which. Plain data. */
export interface Topology {
  /** Of the cluster. */
  readonly name: string;
  /** By number. */
  readonly machines: readonly TopologyMachine[];
  /** By VLAN; those that no machine is on, too. */
  readonly networks: readonly TopologyNetwork[];
}

export interface TopologyMachine {
  readonly name: string;
  /** The image's name. */
  readonly image: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  /** How many it has beside the image's. */
  readonly disks: number;
  /** It passes packets on between its networks. */
  readonly isRouter: boolean;
  readonly cards: readonly TopologyCard[];
  /** With `to` and `via`, as declared. */
  readonly routes: readonly { readonly to: string; readonly via: string }[];
}

export interface TopologyCard {
  /** Name in the guest. */
  readonly name: string;
  /** Undefined for the network that QEMU emulates for one machine alone. */
  readonly vlan: number | undefined;
  readonly mac: string;
  /** With prefix lengths. */
  readonly addresses: readonly string[];
  /**
   * Those that are worth a line: an IPv6 address that only follows from VLAN and machine is not, beside an IPv4 address that
   * has the same numbers in it.
   */
  readonly told: readonly string[];
  /** The 802.1Q VLAN that its untagged frames are in. Undefined: the network itself. */
  readonly untagged: number | undefined;
  /** 802.1Q VLANs whose frames pass its port with their tags, ascending. */
  readonly tagged: readonly number[];
  /** Its port is a mirror port. */
  readonly isMirror: boolean;
}

export interface TopologyNetwork {
  readonly vlan: number;
  /** Undefined for one that machines call by its number. */
  readonly name: string | undefined;
  /** IPv4 before IPv6. */
  readonly prefixes: readonly string[];
  /** Undefined: what the guests take, 1500. */
  readonly mtu: number | undefined;
  /** Machines ask there for their addresses. */
  readonly hasDhcp: boolean;
}

/** What is to be seen of a plan. Pure. */
export function describeTopology(plan: ClusterPlan): Topology {
  return { name: plan.name, machines: plan.nodes.map(describeMachine), networks: describeNetworks(plan) };
}

function describeMachine(node: NodePlan): TopologyMachine {
  const { name, number, image, memoryMiB, cpus, disks, forwarding = false, routes = [], interfaces, userCard } = node;
  const own = userCard && { ...userCard, vlan: undefined, addresses: [userCard.ipv4] };
  const cards = [
    ...(own ? [{ ...own, told: own.addresses, untagged: undefined, tagged: undefined, mirror: undefined }] : []),
    ...interfaces.map((card) => ({ ...card, told: toldAddresses(card, number) })),
  ];
  return {
    ...{ name, image: image.name, memoryMiB, cpus, disks: disks.length, isRouter: forwarding },
    cards: cards.map(({ name, vlan, mac, addresses, told, untagged, tagged = [], mirror = false }): TopologyCard => {
      return { name, vlan, mac, addresses, told, untagged, tagged, isMirror: mirror };
    }),
    routes: routes.map(({ to, via }) => ({ to, via })),
  };
}

function toldAddresses({ vlan, addresses }: InterfacePlan, number: number): readonly string[] {
  const scheme = schemeAddresses(vlan, number);
  return addresses.includes(scheme.ipv4) ? addresses.filter((address) => address !== scheme.ipv6) : addresses;
}

function describeNetworks({ networks, vlans }: ClusterPlan): TopologyNetwork[] {
  const named = [...networks].map(([name, { vlan, ipv4, ipv6, mtu, dhcp }]): TopologyNetwork => {
    const scheme = schemeNetworks(vlan);
    // Null is for none, undefined for what follows from the VLAN.
    const prefixes = [
      ipv4 === undefined ? scheme.ipv4 : ipv4 && prefixText(ipv4),
      ipv6 === undefined ? scheme.ipv6 : ipv6 && prefixText(ipv6),
    ].filter((text) => text !== null);
    return { vlan, name, prefixes, mtu, hasDhcp: dhcp !== undefined };
  });
  const numbered = vlans
    .filter((vlan) => !named.some((network) => network.vlan === vlan))
    .map((vlan): TopologyNetwork => {
      const { ipv4, ipv6 } = schemeNetworks(vlan);
      return { vlan, name: undefined, prefixes: [ipv4, ipv6], mtu: undefined, hasDhcp: false };
    });
  return [...named, ...numbered].sort((a, b) => a.vlan - b.vlan);
}
