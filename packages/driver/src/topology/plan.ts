import type { FileSpec, GuestUser, Image } from "@vitest-machines/images";
import type { DeclaredCapture } from "./capture/capture.ts";
import type { DhcpPlan } from "./networks/dhcp/plan.ts";
import type { Networks } from "./networks/networks.ts";
import type { RouterPlan } from "./networks/router.ts";
import type { RoutePlan } from "./networks/routes.ts";
import type { BootMode, ClockMode, PrepareDeclaration, ReadyCondition, StumbleKind } from "./declaration.ts";

/** A network card of a machine and the addresses on it. */
export interface InterfacePlan {
  /** Name in the guest: `eth1`, `eth2`, … in the order of the node's `vlans`, or its own. */
  readonly name: string;
  readonly vlan: number;
  readonly mac: string;
  /** With prefix lengths. */
  readonly addresses: readonly string[];
  /** It asks for its IPv4 address: for the one among `addresses`, or for one that is not known where there is none. */
  readonly dhcp?: true | undefined;
  /** Undefined: what the guest takes, 1500. */
  readonly mtu?: number | undefined;
  /** The 802.1Q VLAN that its untagged frames are in. Undefined: the network itself. */
  readonly untagged?: number | undefined;
  /** 802.1Q VLANs whose frames pass its port with their tags, ascending. Undefined: none. */
  readonly tagged?: readonly number[] | undefined;
  /** Its port is a mirror port: it shows what all other cards of the network send, and passes nothing on. */
  readonly mirror?: true | undefined;
  /** Mirror ports show what it sends. */
  readonly mirrored?: true | undefined;
}

/** The card on the network that QEMU itself emulates. */
export interface UserCard {
  readonly name: "eth0";
  readonly mac: string;
  /** With prefix length. */
  readonly ipv4: string;
  /** It leads to the internet. */
  readonly internet?: InternetPlan | undefined;
  /** Ports of the host's loopback that it leads to. */
  readonly services?: readonly HostService[] | undefined;
}

/** A way to the internet. */
export interface InternetPlan {
  /** A port of the host's loopback that answers DNS queries. Undefined: the host's own resolver does. */
  readonly dnsPort?: number | undefined;
}

/** A service on the host's loopback that a machine reaches. */
export interface HostService {
  /** What it is called in the machine's /etc/hosts. */
  readonly name: string;
  /** The same at {@link userHost}, where the machine finds it, and on the host. */
  readonly port: number;
}

/** A disk that is empty when its machine boots for the first time. */
export interface ExtraDisk {
  /** What the guest knows it by. */
  readonly serial: string;
  readonly sizeMiB: number;
}

/** A door on the host's loopback to a port of a guest. */
export interface ForwardedPort {
  /** Undefined: a free one. */
  readonly host: number | undefined;
  readonly guest: number;
}

/** A file of the host for a guest. */
export interface HostFilePlan extends Omit<FileSpec, "content" | "mode"> {
  readonly source: string;
  /** Undefined: the file's own. */
  readonly mode: number | undefined;
}

/** A folder of the host for a guest. */
export interface SharedFolder {
  /** In the guest. */
  readonly path: string;
  readonly source: string;
}

/** What one machine has beside what its image has. */
export interface ContentsPlan {
  readonly users: readonly GuestUser[];
  readonly files: readonly (FileSpec | HostFilePlan)[];
  readonly shared: readonly SharedFolder[];
}

/** A machine with everything decided that does not depend on the host. */
export interface NodePlan {
  readonly name: string;
  /** 1-based, by alphabetical order of all names; the last part of its addresses. */
  readonly number: number;
  readonly image: Image;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly kernelParams: readonly string[];
  readonly cpu?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly qemuArgs?: readonly string[] | undefined;
  /** Of the image's disk, when it is to be another one than the image's. */
  readonly diskMiB?: number | undefined;
  readonly allow?: readonly StumbleKind[] | undefined;
  readonly contents?: ContentsPlan | undefined;
  readonly forwardPorts?: readonly ForwardedPort[] | undefined;
  readonly ready?: ReadyCondition | undefined;
  readonly interfaces: readonly InterfacePlan[];
  readonly userCard?: UserCard | undefined;
  readonly routes?: readonly RoutePlan[] | undefined;
  /** It passes packets on between its networks. */
  readonly forwarding?: boolean | undefined;
  /** It does so in its own name. */
  readonly router?: RouterPlan | undefined;
  readonly disks: readonly ExtraDisk[];
  /** Whole content of its /etc/hosts. */
  readonly hosts: string;
}

/** A validated, addressed cluster: the same declaration always gives the same plan. */
export interface ClusterPlan {
  readonly name: string;
  /** By number. */
  readonly nodes: readonly NodePlan[];
  /** Those that have names. */
  readonly networks: Networks;
  /** Every VLAN that some machine is on, ascending. */
  readonly vlans: readonly number[];
  /** Networks that have a DHCP server. */
  readonly dhcp?: readonly DhcpPlan[] | undefined;
  readonly boot: BootMode;
  readonly bootTimeoutMs: number;
  /** Whether it may be frozen and forked. */
  readonly layers: boolean;
  readonly clock: ClockMode;
  readonly prepare: PrepareDeclaration | undefined;
  /** What is recorded of its networks. */
  readonly capture?: DeclaredCapture | undefined;
}
