import type { Topology, TopologyCard, TopologyMachine, TopologyNetwork } from "./topology.ts";

/** `lan`, or `VLAN 1` for one without a name. */
export function networkTitle({ name, vlan }: TopologyNetwork): string {
  return name ?? `VLAN ${vlan}`;
}

/** What is known of a network beside its title and its prefixes. */
export function networkDetails({ name, vlan, mtu, hasDhcp }: TopologyNetwork): string[] {
  return [
    ...(name === undefined ? [] : [`VLAN ${vlan}`]),
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
    ...(hasDhcp ? ["DHCP"] : []),
  ];
}

/** `tiny · 128 MiB · 1 CPU`. */
export function resources({ image, memoryMiB, cpus, disks }: TopologyMachine): string {
  const memory = memoryMiB % 1024 === 0 ? `${memoryMiB / 1024} GiB` : `${memoryMiB} MiB`;
  return [image, memory, count(cpus, "CPU"), ...(disks === 0 ? [] : [count(disks, "disk")])].join(" · ");
}

/** A card's addresses, and what its port on the switch is, where that is no ordinary one. */
export function cardLines({ told, untagged, tagged, isMirror }: TopologyCard): string[] {
  return [
    ...told,
    ...(untagged === undefined ? [] : [`untagged ${untagged}`]),
    ...(tagged.length === 0 ? [] : [`tagged ${tagged.join(", ")}`]),
    ...(isMirror ? ["mirror port"] : []),
  ];
}

/** `3 machines, 2 networks`. */
export function summary({ machines, networks }: Topology): string {
  return `${count(machines.length, "machine")}, ${count(networks.length, "network")}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
