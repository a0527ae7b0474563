import type { InterfacePlan, UserCard } from "../topology/plan.ts";
import { copyDiskSerial } from "./disks/copy-disk.ts";
import type { GateFiles } from "./files.ts";
import { diskCache, diskGraph } from "./disks/graph.ts";
import type { DiskPlan } from "./disks/plan.ts";
import type { IdAllocator } from "./ids.ts";
import { mirrorSockets } from "./mirror-sockets.ts";
import { option } from "./option.ts";

/** A part of a machine, as the QEMU arguments that make it. */
export type DeviceArguments = readonly string[];
type Device = (ids: IdAllocator) => DeviceArguments;

/** Name of the virtio-serial port that the guest's agent looks for. */
export const agentPortName = "org.vitest-machines.agent";

/**
 * Memory in a sparse file. Shared, what the guest writes is in the file, so that a machine can be frozen without its memory
 * going through QEMU; on tmpfs a guest boots as fast as with anonymous memory, on ext4 a fifth slower. Private, the file
 * stays as it is, and each page that the guest writes to is copied for it alone.
 */
export function memory(mebibytes: number, file: string, kind: "shared" | "private"): Device {
  return (ids) => {
    const id = ids.next("memory");
    const share = kind === "shared" ? "on" : "off";
    const backend = option("memory-backend-file", { id, size: `${mebibytes}M`, "mem-path": file, share });
    return ["-m", `${mebibytes}M`, "-object", backend, "-machine", option("q35", { "memory-backend": id })];
  };
}

/** The first serial port, ttyS0. QEMU waits until somebody listens to it, and plugs its cards in only then. */
export function serialConsole(socket: string): Device {
  return (ids) => {
    const id = ids.next("console");
    return ["-chardev", unixServer(id, socket, "on"), "-serial", `chardev:${id}`];
  };
}

/** The 8-bit clean port that the agent answers on. */
export function agentPort(socket: string): Device {
  return (ids) => {
    const [bus, id] = [ids.next("virtio-serial"), ids.next("agent")];
    const port = option("virtserialport", { bus: `${bus}.0`, chardev: id, name: agentPortName });
    return ["-device", option("virtio-serial-pci", { id: bus }), "-chardev", unixServer(id, socket), "-device", port];
  };
}

/** Where a card's cable ends. */
export interface Socket {
  /** The folder of a VLAN's switch. */
  readonly sock: string;
  readonly port: number;
}

/** A card on a VLAN's switch or on its mirror, or without a cable. */
export function networkCard({ mac, mirror, mirrored }: InterfacePlan, socket: Socket | undefined): Device {
  return (ids) => {
    const id = ids.next("vlan");
    if (socket === undefined) {
      const nowhere = option("hubport", { id, hubid: ids.next("hub").slice("hub".length) });
      return ["-netdev", nowhere, ...virtioCard(id, mac, mirror)];
    }
    const { sent, seen } = mirrorSockets(socket.sock);
    if (mirror) return ["-netdev", streamTo(id, seen), ...virtioCard(id, mac, mirror)];
    const cable = option("vde", { id, sock: socket.sock, port: socket.port });
    return ["-netdev", cable, ...(mirrored ? copiesTo(id, sent, ids) : []), ...virtioCard(id, mac)];
  };
}

/** What a card sends goes to a socket, too, before its cable has a say: `rx` is the queue of what the cable gets from the guest. */
function copiesTo(netdev: string, path: string, ids: IdAllocator): DeviceArguments {
  const [outdev, id] = [ids.next("copies"), ids.next("mirror")];
  const socket = option("socket", { id: outdev, path, server: "off" });
  return ["-chardev", socket, "-object", option("filter-mirror", { id, netdev, queue: "rx", outdev })];
}

function streamTo(id: string, path: string): string {
  return option("stream", { id, server: "off", "addr.type": "unix", "addr.path": path });
}

/**
 * A card on QEMU's own network. Restricted: otherwise its gateway, 10.0.2.2, would be the host's loopback, with all that
 * listens there for this host alone. QEMU cannot open the one and keep the other shut. Without IPv6: its router would
 * give the guest further addresses, some seconds after boot.
 */
export function userNetworkCard({ mac }: UserCard): Device {
  return (ids) => {
    const id = ids.next("user");
    return ["-netdev", option("user", { id, restrict: "on", ipv6: "off" }), ...virtioCard(id, mac)];
  };
}

/**
 * The same, but unrestricted, with a gate in between that keeps the host's loopback shut: the card and the network have no
 * way to each other but the gate's sockets. Without a gate, for a machine that never runs, they have none at all.
 */
export function gatedUserCard({ mac }: UserCard, gate: GateFiles | undefined): Device {
  return (ids) => {
    const [card, network] = [ids.next("user"), ids.next("nat")];
    const hub = (netdev: string | undefined, id: string, hubid: string): string =>
      option("hubport", { id, hubid, ...(netdev !== undefined && { netdev }) });
    const hubOf = (): string => ids.next("hub").slice("hub".length);
    const ends = (() => {
      if (gate === undefined) return [hub(undefined, card, hubOf())];
      const [cable, inner, outer, id] = [ids.next("cable"), ids.next("port"), ids.next("port"), hubOf()];
      return [streamTo(card, gate.near), streamTo(cable, gate.far), hub(network, inner, id), hub(cable, outer, id)];
    })();
    const nat = option("user", { id: network, ...(gate === undefined && { restrict: "on" }), ipv6: "off" });
    return [nat, ...ends].flatMap((netdev) => ["-netdev", netdev]).concat(virtioCard(card, mac));
  };
}

/** @param isMirror it gets frames for others as well, whatever its guest wants of it; the guest's own network takes none of them */
function virtioCard(netdev: string, mac: string, isMirror = false): DeviceArguments {
  // An empty romfile: the option ROM is for booting from the network and costs time at every boot. No VLAN filter: QEMU
  // before 10.1 forgets which 802.1Q VLANs the guest asked for when it loads a saved state, and then drops them all.
  const filters = { ctrl_vlan: "off", ...(isMirror && { ctrl_rx: "off", ctrl_rx_extra: "off" }) };
  return ["-device", option("virtio-net-pci", { netdev, mac, romfile: "", ...filters })];
}

/** Entropy, so that no guest waits for it at boot. */
export function entropy(): Device {
  return (ids) => {
    const id = ids.next("entropy");
    return [
      "-object",
      option("rng-random", { id, filename: "/dev/urandom" }),
      "-device",
      option("virtio-rng-pci", { rng: id }),
    ];
  };
}

/**
 * Tells a guest that it is a copy: each QEMU has an id of its own, and Linux from 5.18 on that was built with VMGENID draws
 * other random numbers from the first instruction on. Others learn it from their agent, some milliseconds later.
 */
export function generationId(): Device {
  return () => ["-device", option("vmgenid", { guid: "auto" })];
}

/** A disk that the guest finds by its serial. */
export function disk(plan: DiskPlan): Device {
  return (ids) => {
    const { top, nodes } = diskGraph(plan, ids);
    const device = option("virtio-blk-pci", { drive: top, serial: plan.serial });
    return [...nodes.flatMap((node) => ["-blockdev", JSON.stringify(node)]), "-device", device];
  };
}

/**
 * The disk that large files are copied over, piece by piece. Raw, so that what the host writes to its file is what the guest
 * reads next, and the other way round. Always there: plugging one in and out again takes half a second, and needs a guest
 * that answers.
 */
export function copyDisk(filename: string): Device {
  return (ids) => {
    const id = ids.next("copy");
    const node = { driver: "raw", "node-name": id, file: { driver: "file", filename }, cache: diskCache };
    const device = option("virtio-blk-pci", { drive: id, serial: copyDiskSerial });
    return ["-blockdev", JSON.stringify(node), "-device", device];
  };
}

/** QEMU's control socket. */
export function control(socket: string): Device {
  return (ids) => {
    const id = ids.next("qmp");
    return ["-chardev", unixServer(id, socket), "-mon", `chardev=${id},mode=control`];
  };
}

/** @param wait "on": QEMU does nothing more until somebody has connected */
function unixServer(id: string, path: string, wait: "on" | "off" = "off"): string {
  return option("socket", { id, path, server: "on", wait });
}
