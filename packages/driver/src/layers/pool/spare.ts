import type { HostedProcess, Lease } from "@vitest-machines/host";
import type { ForkRecipe } from "../recipe.ts";

/** A whole cluster that is stopped, and that nobody is connected to. */
export interface Spare {
  /**
   * `"fork"`: made ahead of time from a layer, and proven. `"kept"`: it has run since, and who takes it wants it as it is.
   */
  readonly kind: "fork" | "kept";
  /** All that it has on the host, with a budget of its own. */
  readonly lease: Lease;
  /** Its running processes by name. */
  readonly processes: ReadonlyMap<string, HostedProcess>;
  /** Which of the lease's folders its machines are in. */
  readonly generation: number;
}

/** When a spare is likely to be asked for: `"next"` soon, `"again"` perhaps, once this cluster has ended. */
export type Demand = "next" | "again";

/** Where forks are made ahead of time. */
export interface Spares {
  /**
   * A spare of the layer, or one that was kept under this name; it is the caller's from now on. Undefined when there is
   * none.
   */
  take(name: string): Promise<Spare | undefined>;
  /** Leaves a cluster for whoever takes it under this name; it gives way as forks do. */
  keep(name: string, spare: Spare): Promise<void>;
  /** Says that forks of a layer will be wanted. Settles when that is noted, not when one is made. */
  want(recipe: ForkRecipe, demand: Demand): Promise<void>;
}
