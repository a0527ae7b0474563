import type { BootFiles } from "@vitest-machines/images";
import { digestOf } from "@vitest-machines/host";
import type { Accelerator } from "../../qemu/accelerator.ts";
import { commandLine } from "../../qemu/command-line.ts";
import { machineFiles } from "../../qemu/files.ts";
import type { ClusterPlan, NodePlan, UserCard } from "../../topology/plan.ts";
import { conditionText } from "../../topology/ready.ts";

/** To be raised when layers are made or used differently, so that older ones are not used any more. */
const format = "3";

export interface LayerSources {
  /** Digests of what machines have beside what their images have, by machine. */
  readonly contents?: ReadonlyMap<string, string> | undefined;
  readonly plan: Pick<ClusterPlan, "nodes" | "dhcp">;
  /** What each image has become, by its key. */
  readonly images: ReadonlyMap<string, BootFiles>;
  readonly accelerator: Accelerator;
  /** Identity of the QEMU program. */
  readonly qemu: string;
  /** The host's processor, where guests can see it. */
  readonly processor?: string | undefined;
}

/**
 * Everything that a booted cluster follows from, by names that a reader understands. Neither the cluster's name nor its
 * time limits are among it: clusters that are made of the same have the same layer. Pure.
 */
export function layerInputs({
  plan,
  images,
  contents,
  accelerator,
  qemu,
  processor,
}: LayerSources): Record<string, string> {
  const machines = plan.nodes.flatMap((node) => {
    const entries = nodeInputs(node, images.get(node.image.key), contents?.get(node.name));
    return Object.entries(entries).map(([name, value]) => [`${node.name}: ${name}`, value] as const);
  });
  return {
    "layer format": format,
    QEMU: qemu,
    accelerator,
    devices: deviceLayout(),
    ...(processor === undefined ? {} : { processor }),
    ...(plan.dhcp && { DHCP: JSON.stringify(plan.dhcp) }),
    machines: plan.nodes.map(({ name }) => name).join(", "),
    ...Object.fromEntries(machines),
  };
}

function nodeInputs(node: NodePlan, boot: BootFiles | undefined, contents: string | undefined): Record<string, string> {
  if (!boot) throw new Error(`the image of ${node.name} was not prepared`);
  // Forwarded ports are the host's, and nothing to the guest.
  const { name, number, image, memoryMiB, cpus, kernelParams, ready, ...others } = node;
  const rest = { ...others, contents: undefined, forwardPorts: undefined, userCard: asGuestsSee(others.userCard) };
  return {
    image: `${image.name} ${boot.digest}`,
    memory: `${memoryMiB} MiB`,
    CPUs: String(cpus),
    "kernel parameters": [...boot.kernelParams, ...kernelParams].join(" "),
    ...(contents === undefined ? {} : { contents }),
    ...(ready === undefined ? {} : { ready: conditionText(ready) }),
    ...(rest.interfaces.some(({ dhcp }) => dhcp) && { "DHCP client": JSON.stringify(boot.dhcp ?? "none") }),
    // Whatever else a plan says of a machine, so that nothing that is added to plans can be forgotten here.
    settings: JSON.stringify({ name, number, ...rest }),
  };
}

/** Nor are the ports of the host that a gate leads to, which a fork's gate is told anew. */
function asGuestsSee(card: UserCard | undefined): unknown {
  if (card === undefined) return undefined;
  const { internet, services, ...rest } = card;
  return { ...rest, internet: internet !== undefined, services: services?.map(({ name }) => name) };
}

/**
 * Digest of the command line of one machine that has everything. A saved state fits only the devices that it is of, and
 * which those are follows from this package's version as well as from what is declared.
 */
function deviceLayout(): string {
  const files = machineFiles("/");
  const overlay = { overlay: files.disk("disk1"), sizeBytes: 512, chain: [] };
  const card = { name: "eth1", vlan: 1, mac: "00:00:00:00:00:01", addresses: [] };
  const argv = (userCard: UserCard): string[] =>
    commandLine({
      program: "/qemu",
      accelerator: "tcg",
      node: {
        ...{ name: "any", number: 1, memoryMiB: 128, cpus: 1, kernelParams: [] },
        interfaces: [card, { ...card, mirrored: true }, { ...card, mirror: true }],
        userCard,
      },
      boot: { digest: "", kernel: "/kernel", initrd: "/initrd", kernelParams: [] },
      files,
      disks: [{ serial: "disk1", ...overlay }],
      switches: new Map([[1, "/switch"]]),
    });
  const userCard: UserCard = { name: "eth0", mac: "00:00:00:00:00:02", ipv4: "" };
  return digestOf({ argv: [userCard, { ...userCard, internet: {} }].flatMap(argv).join("\n") });
}
