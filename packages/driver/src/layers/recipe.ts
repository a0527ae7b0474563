import type { BootFiles } from "@vitest-machines/images";
import type { Accelerator } from "../qemu/accelerator.ts";
import type { ClockMode } from "../topology/declaration.ts";
import type { ClusterPlan, NodePlan } from "../topology/plan.ts";

/** What a fork of one machine needs to know of it. JSON, because forks are also prepared by other processes. */
export type ForkNode = Omit<NodePlan, "image" | "ready" | "contents"> & {
  readonly boot: BootFiles;
  /** The command that tells whether it is ready, if it has one: a fork made ahead of time does it once. */
  readonly exercise?: string | undefined;
};

/** Everything that forks of a cluster follow from, besides the layer. JSON. */
export interface ForkBasis extends Pick<ClusterPlan, "dhcp"> {
  readonly cluster: string;
  readonly accelerator: Accelerator;
  readonly clock: ClockMode;
  readonly vlans: readonly number[];
  readonly nodes: readonly ForkNode[];
}

/** The same for forks of one layer of the store. JSON. */
export interface ForkRecipe extends ForkBasis {
  readonly layerKey: string;
}
