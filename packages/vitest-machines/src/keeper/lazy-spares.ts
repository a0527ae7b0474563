import type { Demand, ForkRecipe, Spare, SparePool, SparePoolOptions } from "@vitest-machines/driver";
import type { KeeperSpares } from "./keeper.ts";

/** A pool that is loaded when somebody wants a spare: the keeper starts faster without the driver. */
export class LazySpares implements KeeperSpares {
  readonly #options: Omit<SparePoolOptions, "store">;
  /** Undefined when it cannot be had: clusters are then forked without. */
  #pool: Promise<SparePool | undefined> | undefined;

  constructor(options: Omit<SparePoolOptions, "store">) {
    this.#options = options;
  }

  async take(layerKey: string): Promise<Spare | undefined> {
    return (await this.#pool)?.take(layerKey);
  }

  async keep(name: string, spare: Spare): Promise<void> {
    this.#pool ??= this.#load();
    const pool = await this.#pool;
    await (pool ? pool.keep(name, spare) : spare.lease.release());
  }

  async want(recipe: ForkRecipe, demand: Demand): Promise<void> {
    this.#pool ??= this.#load();
    await (await this.#pool)?.want(recipe, demand);
  }

  clear(): void {
    void this.#pool?.then((pool) => pool?.clear());
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }

  async #load(): Promise<SparePool | undefined> {
    try {
      const { LayerStore, SparePool } = await import("@vitest-machines/driver");
      return new SparePool({ ...this.#options, store: new LayerStore() });
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
