import { isBudgetWanted, type Lease, type ProcessHost } from "@vitest-machines/host";
import { isQemuName } from "../../qemu/qemu-process.ts";
import { qemuOverheadMiB } from "../../qemu/overhead.ts";
import type { LayerFacts } from "../layer-facts.ts";
import type { ForkRecipe } from "../recipe.ts";
import type { LayerStore } from "../store/store.ts";
import { makeSpare } from "./make-spare.ts";
import type { Demand, Spare, Spares } from "./spare.ts";

/** Each costs some 40 MB and, while it is made, a fifth of a second of a CPU. */
const mostMachines = 8;
/** How often to look whether somebody on this host waits for what spares hold. */
const watchMs = 500;

export interface SparePoolOptions {
  readonly host: ProcessHost;
  readonly store: LayerStore;
  /**
   * Whether a cluster that has ended is likely to be asked for again, as in watch mode. Otherwise it must have been asked
   * for twice.
   */
  readonly eager: boolean;
  /** A spare could not be made; clusters are then forked without. */
  readonly onError: (error: unknown) => void;
}

interface Entry {
  readonly machines: number;
  readonly made: Promise<Spare | undefined>;
  readonly giveUp: AbortController;
}

/** Keeps forks ready, one for each layer at most; they give way whenever somebody else wants their place. */
export class SparePool implements Spares {
  readonly #options: SparePoolOptions;
  /** In the order in which they were wanted. */
  readonly #entries = new Map<string, Entry>();
  readonly #asked = new Set<string>();
  readonly #leaving = new Set<Promise<void>>();
  #watch: NodeJS.Timeout | undefined;

  constructor(options: SparePoolOptions) {
    this.#options = options;
  }

  /** Waits for one that is being made: another fork would take longer, and disturb it. */
  async take(name: string): Promise<Spare | undefined> {
    const entry = this.#entries.get(name);
    this.#forget(name);
    return entry?.made;
  }

  want(recipe: ForkRecipe, demand: Demand): Promise<void> {
    this.#want(recipe, demand);
    return Promise.resolve();
  }

  #want(recipe: ForkRecipe, demand: Demand): void {
    const { layerKey, nodes } = recipe;
    const isLikely = demand === "next" || this.#options.eager || this.#asked.has(layerKey);
    this.#asked.add(layerKey);
    if (!isLikely || this.#entries.has(layerKey) || !this.#makePlace(nodes.length)) return;
    const giveUp = new AbortController();
    const made = this.#make(recipe, giveUp).catch((error: unknown) => {
      this.#forget(layerKey);
      if (!giveUp.signal.aborted) this.#options.onError(error);
      return undefined;
    });
    this.#add(layerKey, { machines: nodes.length, made, giveUp });
  }

  async keep(name: string, spare: Spare): Promise<void> {
    this.#drop(name);
    const machines = [...spare.processes.keys()].filter(isQemuName).length;
    if (!this.#makePlace(machines)) {
      await spare.lease.release();
      return;
    }
    this.#add(name, { machines, made: Promise.resolve(spare), giveUp: new AbortController() });
    this.#watchOver(name, spare);
  }

  /** Ends all spares: their place is wanted. */
  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#drop(key);
  }

  /** Ends all spares and waits until they are gone. */
  async close(): Promise<void> {
    this.clear();
    await Promise.all(this.#leaving);
  }

  #add(name: string, entry: Entry): void {
    this.#entries.set(name, entry);
    this.#watch ??= setInterval(() => this.#giveWay(), watchMs).unref();
  }

  /** Ends those that were wanted longest ago until there is place for so many more machines. @returns false when there is none */
  #makePlace(machines: number): boolean {
    if (machines > mostMachines) return false;
    const held = (): number => [...this.#entries.values()].reduce((sum, entry) => sum + entry.machines, 0);
    while (held() + machines > mostMachines) this.#drop([...this.#entries.keys()][0] as string);
    return true;
  }

  #giveWay(): void {
    if (this.#entries.size > 0 && isBudgetWanted()) this.clear();
  }

  #forget(layerKey: string): void {
    this.#entries.delete(layerKey);
    if (this.#entries.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #drop(layerKey: string): void {
    const entry = this.#entries.get(layerKey);
    if (!entry) return;
    this.#forget(layerKey);
    entry.giveUp.abort(new Error("its place is wanted"));
    const left = entry.made
      .then((spare) => spare?.lease.release())
      .catch(this.#options.onError)
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  async #make(recipe: ForkRecipe, giveUp: AbortController): Promise<Spare | undefined> {
    const { layerKey } = recipe;
    const layer = await this.#options.store.find(layerKey);
    if (!layer) {
      this.#forget(layerKey);
      return undefined;
    }
    try {
      const lease = await this.#tryLease(recipe, giveUp);
      try {
        const frozen = { folder: layer.folder, facts: layer.facts as LayerFacts };
        const spare = await makeSpare(recipe, frozen, lease, giveUp.signal);
        giveUp.signal.throwIfAborted();
        this.#watchOver(layerKey, spare);
        return spare;
      } catch (error) {
        await lease.release();
        throw error;
      }
    } finally {
      // Who takes the spare uses the layer too; until then it is only a fork that is lost.
      await layer.release();
    }
  }

  /** Spares never wait for the budget: then there is none. */
  #tryLease({ cluster, nodes }: ForkRecipe, giveUp: AbortController): Promise<Lease> {
    const memoryMiB = nodes.reduce((sum, node) => sum + node.memoryMiB + qemuOverheadMiB, 0);
    const onWait = (reason: string): void => giveUp.abort(new Error(reason));
    return this.#options.host.lease({ name: cluster, memoryMiB, vcpus: 0, signal: giveUp.signal, onWait });
  }

  /** One of whose processes ends is none any more. */
  #watchOver(layerKey: string, spare: Spare): void {
    for (const process of spare.processes.values()) {
      void process.exited.then(() => {
        const entry = this.#entries.get(layerKey);
        void entry?.made.then((current) => {
          if (current === spare) this.#drop(layerKey);
        });
      });
    }
  }
}
