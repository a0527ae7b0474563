import type { BootFiles } from "@vitest-machines/images";
import type { Accelerator } from "../../qemu/accelerator.ts";
import type { ClusterPlan, NodePlan } from "../../topology/plan.ts";

/** To be raised when layers are made or used differently, so that older ones are not used any more. */
const format = "1";

export interface LayerSources {
  readonly plan: Pick<ClusterPlan, "nodes">;
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
export function layerInputs({ plan, images, accelerator, qemu, processor }: LayerSources): Record<string, string> {
  const machines = plan.nodes.flatMap((node) => {
    const entries = nodeInputs(node, images.get(node.image.key));
    return Object.entries(entries).map(([name, value]) => [`${node.name}: ${name}`, value] as const);
  });
  return {
    "layer format": format,
    QEMU: qemu,
    accelerator,
    ...(processor === undefined ? {} : { processor }),
    machines: plan.nodes.map(({ name }) => name).join(", "),
    ...Object.fromEntries(machines),
  };
}

function nodeInputs(node: NodePlan, boot: BootFiles | undefined): Record<string, string> {
  if (!boot) throw new Error(`the image of ${node.name} was not prepared`);
  const { name, number, image, memoryMiB, cpus, kernelParams, ...rest } = node;
  return {
    image: `${image.name} ${boot.digest}`,
    memory: `${memoryMiB} MiB`,
    CPUs: String(cpus),
    "kernel parameters": [...boot.kernelParams, ...kernelParams].join(" "),
    // Whatever else a plan says of a machine, so that nothing that is added to plans can be forgotten here.
    settings: JSON.stringify({ name, number, ...rest }),
  };
}
