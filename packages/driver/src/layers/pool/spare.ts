import type { HostedProcess, Lease } from "@vitest-machines/host";
import type { ForkRecipe } from "../recipe.ts";

/** A fork of a whole cluster that was made ahead of time: loaded, proven, and stopped. */
export interface Spare {
  /** All that it has on the host, with a budget of its own. */
  readonly lease: Lease;
  /** Its running processes by name. */
  readonly processes: ReadonlyMap<string, HostedProcess>;
}

/** When a spare is likely to be asked for: `"next"` soon, `"again"` perhaps, once this cluster has ended. */
export type Demand = "next" | "again";

/** Where forks are made ahead of time. */
export interface Spares {
  /** A spare of the layer, which is the caller's from now on; undefined when there is none. */
  take(layerKey: string): Promise<Spare | undefined>;
  /** Says that forks of a layer will be wanted. Settles when that is noted, not when one is made. */
  want(recipe: ForkRecipe, demand: Demand): Promise<void>;
}
