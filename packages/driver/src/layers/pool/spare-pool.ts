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
  made: Promise<Spare | undefined>;
  readonly giveUp: AbortController;
  /** Somebody waits for it. */
  isAwaited: boolean;
}

const nothing: Promise<undefined> = Promise.resolve(undefined);

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
    if (!entry) return undefined;
    entry.isAwaited = true;
    this.#forget(name, entry);
    return entry.made;
  }

  /** Waits until the one of that name is made, without taking it. @returns false when there is none */
  async isMade(name: string): Promise<boolean> {
    return (await this.#entries.get(name)?.made) !== undefined;
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
    const entry: Entry = { machines: nodes.length, giveUp: new AbortController(), isAwaited: false, made: nothing };
    entry.made = this.#make(recipe, entry).catch((error: unknown) => {
      if (!entry.giveUp.signal.aborted) this.#options.onError(error);
      return undefined;
    });
    // There is none, and somebody may want another one.
    void entry.made.then((spare) => !spare && this.#forget(layerKey, entry));
    this.#add(layerKey, entry);
  }

  async keep(name: string, spare: Spare): Promise<void> {
    this.#drop(name);
    const machines = [...spare.processes.keys()].filter(isQemuName).length;
    if (!this.#makePlace(machines)) {
      await spare.lease.release();
      return;
    }
    const made = Promise.resolve(spare);
    const entry = { machines, made, giveUp: new AbortController(), isAwaited: false };
    this.#add(name, entry);
    this.#watchOver(name, entry, spare);
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

  /** Takes an entry off the list, unless another one has its name by now. */
  #forget(name: string, entry: Entry): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (this.#entries.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #drop(name: string): void {
    const entry = this.#entries.get(name);
    if (!entry) return;
    this.#forget(name, entry);
    entry.giveUp.abort(new Error("its place is wanted"));
    const left = entry.made
      .then((spare) => spare?.lease.release())
      .catch(this.#options.onError)
      .finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  async #make(recipe: ForkRecipe, entry: Entry): Promise<Spare | undefined> {
    const layer = await this.#options.store.find(recipe.layerKey);
    if (!layer) return undefined;
    const { signal } = entry.giveUp;
    try {
      const lease = await this.#tryLease(recipe, entry.giveUp);
      try {
        const frozen = { folder: layer.folder, facts: layer.facts as LayerFacts };
        const isAwaited = (): boolean => entry.isAwaited;
        const spare = await makeSpare({ recipe, layer: frozen, lease, isAwaited, signal });
        signal.throwIfAborted();
        this.#watchOver(recipe.layerKey, entry, spare);
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
  #watchOver(name: string, entry: Entry, spare: Spare): void {
    for (const process of spare.processes.values()) {
      void process.exited.then(() => {
        if (this.#entries.get(name) === entry) this.#drop(name);
      });
    }
  }
}
