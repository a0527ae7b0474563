import type { CaptureDeclaration } from "./capture/capture.ts";
import type { DebianFile, DebianUser, Image } from "@vitest-machines/images";

/**
 * One machine of a cluster, as its author writes it.
 * @typeParam M what a function for `ready` gets
 */
export interface NodeDeclaration<M = never> {
  /** What it boots from. Default: `tiny()`, a Linux kernel with busybox. */
  image?: Image | undefined;
  /** `"512M"`, `"1G"` or a number of MiB. Default: what the image asks for. */
  memory?: string | number | undefined;
  /** Number of virtual CPUs. Default 1. */
  cpus?: number | undefined;
  /**
   * Networks it is on, each 1 to 255 or the name of one of the cluster's `networks`; the first becomes `eth1`, the second `eth2`.
   * Default `[1]`, or `[]` when it has `interfaces`; `[]` for none.
   */
  vlans?: readonly (number | string)[] | undefined;
  /** Cards that have names, beside those of `vlans`: on any network, also on one that it is on already. Default `{}`. */
  interfaces?: Readonly<Record<string, InterfaceDeclaration>> | undefined;
  /** Ways to networks that it is not on, through machines on its own. Default `[]`. */
  routes?: readonly RouteDeclaration[] | undefined;
  /** Whether it passes packets on between its networks, IPv4 and IPv6. Default false. */
  forwarding?: boolean | undefined;
  /**
   * Whether it passes packets on and lets them out in its own name, by nftables, IPv4 and IPv6: on the card of its default
   * route, else on its last one, or on those that `outer` names, by themselves or by their networks. Needs an image with `nft`.
   * Default false.
   */
  router?: boolean | RouterDeclaration | undefined;
  /**
   * Empty disks beside the image's, by size: `"64M"`, `"1G"` or a number of MiB. Their serials are `disk1`, `disk2`, …;
   * the guest sees them after the image's disk, in this order. They take only the room that is written to. Default `[]`.
   */
  disks?: readonly (string | number)[] | undefined;
  /**
   * Adds a card `eth0` on a network that QEMU itself emulates, one per machine. The machine is 10.0.2.15/24 there; a DHCP
   * server gives that address, and 10.0.2.2 answers pings. Nothing leads out of it, neither to the host nor outside. Default false.
   */
  userNetwork?: boolean | undefined;
  /**
   * Whether it reaches the internet, by IPv4: over `eth0`, with a default route, and with the host's resolver at 10.0.2.3. It
   * reaches what the host reaches, the host's own addresses among it, but nothing that listens on the host's loopback.
   * `{ dns: 5353 }`: port 5353 of the host's loopback answers DNS queries instead. Default false: nothing leads out.
   */
  internet?: boolean | { readonly dns?: number | undefined } | undefined;
  /**
   * TCP services on the host's loopback, by names that the machine knows them by: with `{ registry: 5000 }` it reaches port
   * 5000 of 127.0.0.1 as `registry:5000`, with or without `internet`. Default `{}`: it reaches nothing of the host.
   */
  hostServices?: Readonly<Record<string, number>> | undefined;
  /**
   * Size of the image's own disk for this machine: `"8G"`, `"900M"` or a number of MiB, no less than the image's. The guest
   * sees it so from its first instruction on, and its file system is as large before services start. It takes only the room
   * that is written to. Default: the image's. Not for images without a disk, such as tiny.
   */
  disk?: string | number | undefined;
  /**
   * Users by name, each with a home folder under `/home`, added at the first boot, before services start. Groups must exist.
   * Without a shell they get bash, or sh where there is none.
   */
  users?: Readonly<Record<string, DebianUser>> | undefined;
  /**
   * Files by absolute path: a text, `{ content, mode, owner }`, or `{ source }` with the path of a file on the host, whose mode
   * is taken over. They are put there at the first boot, after `users` and before services start. Folders on the way are made.
   */
  files?: Readonly<Record<string, string | Uint8Array | DebianFile | HostFile>> | undefined;
  /**
   * Folders of the host by absolute path in the guest, where they can be read and not written. They are copied at the first boot,
   * owned by root, with modes and symbolic links; machines that have their root in memory keep them there, too.
   */
  shared?: Readonly<Record<string, string | URL>> | undefined;
  /** Appended to the kernel's command line, after the image's own parameters. */
  kernelParams?: readonly string[] | undefined;
  /** QEMU's CPU model, such as `"max"` for guests that want a newer processor. Default: QEMU's own; with KVM the host's. */
  cpu?: string | undefined;
  /** Environment of every command that runs on the machine, beneath what the command itself is given. Default `{}`. */
  env?: Readonly<Record<string, string>> | undefined;
  /**
   * Appended to QEMU's command line, for what has no option here. Devices that QEMU cannot save keep the cluster from being
   * frozen; a notice then says so. Default `[]`.
   */
  qemuArgs?: readonly string[] | undefined;
  /**
   * Ports of the guest that the host's loopback leads to, through the agent, while the cluster lives. `[80]` takes a free
   * port of the host, which `machine.forwarded(80)` tells; `{ 8080: 80 }` or `[{ host: 8080, guest: 80 }]` takes 8080. Default `[]`.
   */
  forwardPorts?: ForwardPorts | undefined;
  /**
   * What a guest may do without failing a suite: `"oops"`, when its kernel finds a mistake of its own or panics, and
   * `"coreDumps"`, when a process ends by a signal such as SIGSEGV or SIGABRT. Default `[]`.
   */
  allow?: readonly StumbleKind[] | undefined;
  /**
   * What must be so before the machine counts as ready, and before it is frozen: a command for its shell that succeeds, tried
   * again until it does; a port that is open, a systemd unit that is active; or a function that waits for it, run once at each
   * boot. It is within the limit for booting. Default: the image's own idea of ready.
   */
  ready?: ReadyCondition<M> | undefined;
}

export const stumbleKinds = ["oops", "coreDumps"] as const;

/** What can go wrong in a guest by itself. */
export type StumbleKind = (typeof stumbleKinds)[number];

/** A file of the host that is put into a guest. */
export interface HostFile {
  /** Its path; a relative one is looked for from the working folder of the process. */
  source: string | URL;
  /** Permissions, such as `0o755`. Default: the file's own. */
  mode?: number | undefined;
  /** `"user"` or `"user:group"`. Default `"root:root"`. */
  owner?: string | undefined;
}

/** Guest ports, each with a port of the host or on a free one. */
export type ForwardPorts =
  | readonly (number | { readonly host?: number | undefined; readonly guest: number })[]
  | Readonly<Record<number, number>>;

/** What a machine waits for at the end of its boot. */
export type ReadyCondition<M = never> =
  string | { readonly port: number } | { readonly unit: string } | ((machine: M) => unknown);

/** A card of a machine, as its author writes it. */
export interface InterfaceDeclaration {
  /** 1 to 255, or the name of one of the cluster's `networks`. */
  network: number | string;
  /** With the length of their network: `["10.0.0.1/24"]`. Default: those of the scheme on a machine's first card there, else none. */
  addresses?: readonly string[] | undefined;
  /** Default: the network's. */
  mtu?: number | undefined;
  /**
   * Whether it asks for its IPv4 address. On a network with `dhcp` that is the address that it would have without. On others, where some machine
   * may answer, it is not known which it gets: no name leads to it, and the boot does not wait for it. Default: whether its network
   * has `dhcp` and the card an IPv4 address.
   */
  dhcp?: boolean | undefined;
  /**
   * 802.1Q VLANs of the network, 1 to 2999, whose frames pass the card's port with their tags: it is a trunk port. Frames of
   * others are dropped by the switch. Default: none.
   */
  tagged?: readonly number[] | undefined;
  /** The 802.1Q VLAN of the network that the card's untagged frames are in: it is an access port. Default: the network itself. */
  untagged?: number | undefined;
  /**
   * Whether its port is a mirror port: the machine sees every frame that other cards of the network send, whoever it is for. It has
   * no address there, and what it sends there reaches nobody. Nothing but `network` can be said beside it. Default false.
   */
  mirror?: boolean | undefined;
}

/** A way to a network, as its author writes it. */
export interface RouteDeclaration {
  /** `"10.1.0.0/16"`, or `"default"` for all other networks. */
  to: string;
  /** Address of a machine on one of its own networks. */
  via: string;
}

/** A router that translates addresses, as its author writes it. */
export interface RouterDeclaration {
  /** Networks or cards of the machine: whatever leaves by them has the machine's own address there. */
  outer: string | number | readonly (string | number)[];
}

/** A network, as its author writes it. */
export interface NetworkDeclaration {
  /** 1 to 255. Default: the lowest that nobody names by number. */
  vlan?: number | undefined;
  /** Where machine N has address N, such as `"10.1.0.0/16"`; false for no IPv4. Default `192.168.V.0/24`, V being its VLAN. */
  ipv4?: string | false | undefined;
  /** The same, such as `"fd00:1::/64"`; false for no IPv6. Default `2001:db8:V::/64`. */
  ipv6?: string | false | undefined;
  /** In bytes, 68 to 1500. Default 1500. */
  mtu?: number | undefined;
  /**
   * Whether it has a DHCP server, by which machines get the IPv4 addresses that they would have without, and others some of what is left.
   * Default false.
   */
  dhcp?: boolean | DhcpDeclaration | undefined;
}

/** A DHCP server, as its author writes it. */
export interface DhcpDeclaration {
  /** The way to other networks: a machine of this one, or an address; false for none. Default: the machine that is a `router` with this network inside. */
  router?: string | false | undefined;
  /** Who answers for names: a machine, or an address. Default: nobody. */
  dns?: string | undefined;
  /** First and last address for cards that are no machine's. Default: the upper half of the network. Nobody gets what another card has. */
  range?: readonly [string, string] | undefined;
}

/** A cluster, as its author writes it: machines by name. */
export interface ClusterDeclaration<N extends Nodes = Nodes> {
  /** For messages, notices and folders. Default `"cluster"`. */
  name?: string | undefined;
  nodes: N;
  /** Networks by name, for machines to be on. */
  networks?: Readonly<Record<string, NetworkDeclaration>> | undefined;
  /** Used for what a node leaves out. */
  defaults?: NodeDeclaration | undefined;
  /** `"all"` boots every machine at once; `"manual"` leaves that to `machine.start()`. Default `"all"`. */
  boot?: BootMode | undefined;
  /**
   * Whether the booted cluster is frozen and kept, so that later ones that are declared alike start as forks of it, in a
   * fraction of a second. Default true; with `boot: "manual"` there is nothing to freeze, and it is false.
   */
  layers?: boolean | undefined;
  /** The wall clock of forked machines. Default `"host"`. */
  clock?: ClockMode | undefined;
  /**
   * Records what machines send and get on their networks, from before they run. Of suites in which a test fails, the files are left
   * beside the trace, a pcapng for each network, and the test shows what happened in it. `true` means all networks and all packets;
   * `{ onFailure: false }` leaves files always. Default false.
   */
  capture?: boolean | CaptureDeclaration | undefined;
  /** What is done once after boot, and is then a part of what is frozen. */
  prepare?: PrepareDeclaration | undefined;
  /** How long all machines together may take from their start to ready, in milliseconds. Default 300 000 (5 min). */
  bootTimeout?: number | undefined;
}

export type Nodes = Readonly<Record<string, NodeDeclaration>>;

export const bootModes = ["all", "manual"] as const;
export type BootMode = (typeof bootModes)[number];

/** `"host"`: a fork's wall clock shows the host's time. `"frozen"`: it goes on from the moment of the freeze. */
export const clockModes = ["host", "frozen"] as const;
export type ClockMode = (typeof clockModes)[number];

/** Expensive set-up, done once: its result is frozen as a layer of its own, on top of the booted one. */
export interface PrepareDeclaration {
  /** Names what `run` makes. To be changed when that changes in a way that the source text of `run` does not show. */
  key: string;
  /** Gets the machines by name. */
  run: (machines: never) => unknown;
  /** How long `run` may take, in milliseconds. Default 900 000 (15 min). */
  timeout?: number | undefined;
}
