import { requireTool } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import { processorIdentity, qemuIdentity } from "../../layers/key/host-identity.ts";
import { layerInputs } from "../../layers/key/layer-inputs.ts";
import { layerKey } from "../../layers/key/layer-key.ts";
import { preparedInputs } from "../../layers/key/prepared-inputs.ts";
import type { ForkBasis } from "../../layers/recipe.ts";
import { LayerStore } from "../../layers/store/store.ts";
import type { Contents } from "../../machine/contents/contents.ts";
import type { Accelerator } from "../../qemu/accelerator.ts";
import type { ClusterPlan } from "../../topology/plan.ts";
import type { ClusterOptions } from "../options.ts";

/** A layer that may or may not be there, by all that it follows from. */
export interface LayerName {
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** How a cluster uses layers. */
export interface Layering {
  readonly store: LayerStore;
  /** The booted cluster. */
  readonly booted: LayerName;
  /** What was prepared on top of it. */
  readonly prepared: LayerName | undefined;
}

/** What the user's environment says for every cluster. */
const switchName = "VITEST_MACHINES_LAYERS";
const offWords = ["0", "off", "false", "no"];

/** Which layers a cluster would start from; undefined when it boots for real. */
export async function planLayering(
  plan: ClusterPlan,
  images: ReadonlyMap<string, BootFiles>,
  contents: ReadonlyMap<string, Contents>,
  accelerator: Accelerator,
  options: Pick<ClusterOptions, "layers">,
): Promise<Layering | undefined> {
  if (!plan.layers || options.layers === false) return undefined;
  if (offWords.includes((process.env[switchName] ?? "").toLowerCase())) return undefined;
  const qemu = await qemuIdentity(requireTool("qemu-system-x86_64", `cluster ${JSON.stringify(plan.name)}`));
  const digests = new Map([...contents].map(([machine, { digest }]) => [machine, digest]));
  const inputs = layerInputs({
    plan,
    images,
    contents: digests,
    accelerator,
    qemu,
    processor: processorIdentity(accelerator),
  });
  return {
    store: options.layers ?? new LayerStore(),
    booted: named(inputs),
    prepared:
      plan.prepare && named(preparedInputs(inputs, { key: plan.prepare.key, source: String(plan.prepare.run) })),
  };
}

/** What forks of a cluster follow from, whichever layer they are made of. */
export function recipeOf(
  plan: ClusterPlan,
  images: ReadonlyMap<string, BootFiles>,
  accelerator: Accelerator,
): ForkBasis {
  const nodes = plan.nodes.map(({ image, ready, contents, ...planned }) => {
    // Forks have these from their layer, and they may be large, or no JSON.
    const node = { ...planned, exercise: typeof ready === "string" ? ready : undefined };
    const boot = images.get(image.key);
    if (!boot) throw new Error(`the image of ${node.name} was not prepared`);
    // A guest that restarts in a fork reads its command line anew, and waits for its contents as at its first boot.
    const waits = contents !== undefined && boot.contents !== undefined ? [boot.contents.param] : [];
    return { ...node, kernelParams: [...waits, ...node.kernelParams], boot };
  });
  const { name: cluster, clock, vlans, dhcp } = plan;
  return { cluster, accelerator, clock, vlans, nodes, ...(dhcp && { dhcp }) };
}

function named(inputs: Readonly<Record<string, string>>): LayerName {
  return { key: layerKey(inputs), inputs };
}
