import { join } from "node:path";
import { cacheFolder, MachinesError, withLock } from "@vitest-machines/host";
import { exportLayers, type ExportReport } from "./archive/export.ts";
import { importLayers } from "./archive/import.ts";
import { openFolders } from "./folders.ts";
import { explainLookup, rememberLookup, type Lookup, type WhyReport } from "./history.ts";
import { requireLayerKey, shortKey } from "./key.ts";
import { storeLimits, type StoreLimits } from "./limits.ts";
import { makeRoom, pruneStore, type PruneOptions } from "./prune.ts";
import { buildLayer, dropLayer, lockOf, lookFor, lookOrDrop, publish, type Shelf } from "./shelf.ts";
import { summarize, surveyLayers } from "./survey.ts";
import type {
  ImportedLayer,
  LayerBuild,
  LayerInputs,
  LayerSummary,
  PruneReport,
  RoomVerdict,
  StoredLayer,
  VerifyReport,
} from "./types.ts";
import { Usage } from "./usage.ts";
import { verifyLayer } from "./verify.ts";

export type { ExportReport } from "./archive/export.ts";
export type { InputChange, Lookup, WhyReport } from "./history.ts";
export { shortKey } from "./key.ts";
export { spareDiskBytes, type StoreLimits } from "./limits.ts";
export type * from "./types.ts";

export interface LayerStoreOptions {
  /** Default: `layers` in the cache folder. */
  root?: string | undefined;
  limits?: Partial<StoreLimits> | undefined;
}

export interface FindOptions {
  /** Told what went wrong and could be helped, such as a damaged layer. */
  onNotice?: ((text: string) => void) | undefined;
}

export interface ObtainOptions extends FindOptions {
  /** Gives up waiting for another process; a build that has begun is its own caller's business. */
  signal?: AbortSignal | undefined;
  /** Called once when another process builds this layer. */
  onWait?: (() => void) | undefined;
}

/**
 * Frozen clusters on the disk, shared by all processes of a user. Each layer is a folder that is complete or not there,
 * checked before use, and never removed while a living process uses it. Methods throw FOLDER_UNSAFE when others can
 * enter the store, and LOCK_FAILED when it is on a file system without flock(2).
 */
export class LayerStore {
  readonly limits: StoreLimits;
  readonly #root: string | undefined;

  /** @throws MachinesError DECLARATION_INVALID when VITEST_MACHINES_LAYERS_MIB is not a whole number */
  constructor({ root, limits = {} }: LayerStoreOptions = {}) {
    this.#root = root;
    this.limits = storeLimits(limits, process.env);
  }

  /** The folder of the store. It need not exist yet. */
  get root(): string {
    return this.#root ?? join(cacheFolder(), "layers");
  }

  /**
   * A good layer, marked as in use by this process and as used now. A damaged one (a file or the manifest is missing,
   * truncated or altered) is dropped, told and not found.
   */
  async find(key: string, { onNotice }: FindOptions = {}): Promise<StoredLayer | undefined> {
    const shelf = this.#open();
    const found = await lookFor(shelf, requireLayerKey(key));
    if (found.layer !== undefined || found.damage === undefined) return found.layer;
    // Another process may be replacing what looked damaged: under its lock the truth holds still.
    return withLock(lockOf(shelf, key), () => lookOrDrop(shelf, key, onNotice));
  }

  /**
   * Finds the layer, or has it built: by one process at a time, in a folder that becomes the layer when it is complete.
   * When `build` returns undefined or throws, nothing is left and that is passed on. A store that has grown is pruned.
   * @throws MachinesError ABORTED when the signal fires while waiting; LAYER_INVALID when the draft cannot be a layer;
   * and what `build` throws
   */
  async obtain(
    key: string,
    inputs: LayerInputs,
    build: LayerBuild,
    options: ObtainOptions = {},
  ): Promise<StoredLayer | undefined> {
    const shelf = this.#open();
    const { layer } = await lookFor(shelf, requireLayerKey(key));
    if (layer !== undefined) return layer;
    const { signal, onWait, onNotice } = options;
    let made: StoredLayer | undefined;
    const work = async (): Promise<StoredLayer | undefined> => {
      const found = await lookOrDrop(shelf, key, onNotice);
      return found ?? (made = await buildLayer(shelf, key, inputs, build));
    };
    try {
      const result = await withLock(lockOf(shelf, key), work, { signal, onWait });
      if (made !== undefined) await this.#pruneAfterwards(onNotice);
      return result;
    } catch (error) {
      await made?.release();
      throw error;
    }
  }

  /** Removes a layer that its user lets go of because it is no use, although its files are as they were written. */
  async drop(layer: StoredLayer): Promise<void> {
    const shelf = this.#open();
    await layer.release();
    await withLock(lockOf(shelf, layer.key), () => dropLayer(shelf, layer.key));
  }

  /** Every layer, the most recently used first. */
  list(): Promise<LayerSummary[]> {
    const { folders, usage } = this.#open();
    return Promise.resolve(summarize(surveyLayers(folders, usage)));
  }

  /** Removes layers that were unused for too long, then the least recently used ones until the limits hold. */
  async prune(options: Pick<PruneOptions, "all" | "now"> = {}): Promise<PruneReport> {
    return pruneStore({ ...this.#open(), limits: this.limits }, options);
  }

  /**
   * Whether there is room for a layer of `bytes` (512 MiB stay free on the disk), after pruning if need be; to be asked
   * before a freeze, so that it can be left out with a notice.
   */
  async roomFor(bytes: number): Promise<RoomVerdict> {
    return makeRoom({ ...this.#open(), limits: this.limits }, bytes);
  }

  /**
   * Hashes every file of one layer, or of all.
   * @param options.drop removes what is damaged
   * @throws MachinesError LAYER_INVALID when there is no such layer
   */
  async verify(key?: string, { drop = false }: { drop?: boolean | undefined } = {}): Promise<VerifyReport[]> {
    const shelf = this.#open();
    const all = (): string[] => surveyLayers(shelf.folders, shelf.usage).map((layer) => layer.key);
    const reports: VerifyReport[] = [];
    for (const each of key === undefined ? all() : [requireLayerKey(key)]) {
      const report = await verifyLayer(shelf, each);
      if (report === undefined && key !== undefined) throw noSuchLayer(each);
      if (report === undefined) continue;
      const isBad = drop && report.problems.length > 0;
      reports.push({
        ...report,
        dropped: isBad && (await withLock(lockOf(shelf, each), () => dropLayer(shelf, each))),
      });
    }
    return reports;
  }

  /** Notes what a suite looked for: `suite` is its file and name. Kept as long as layers are. */
  async remember(suite: string, lookup: Lookup): Promise<void> {
    await rememberLookup(this.#open().folders.history, suite, lookup);
  }

  /** The last look of a suite, and which inputs changed since its last hit. */
  why(suite: string): Promise<WhyReport> {
    return Promise.resolve(explainLookup(this.#open().folders.history, suite));
  }

  /**
   * Writes layers, all by default, into one compressed file that only its owner can read: it holds the memory of guests.
   * @throws MachinesError LAYER_INVALID when there is no such layer, or a damaged one; TOOL_MISSING
   */
  async exportTo(keys: readonly string[], file: string): Promise<ExportReport> {
    const { folders } = this.#open();
    const layers: StoredLayer[] = [];
    try {
      for (const key of keys.length > 0 ? keys : (await this.list()).map((layer) => layer.key)) {
        const layer = await this.find(key);
        if (layer === undefined) throw noSuchLayer(key);
        layers.push(layer);
      }
      return await exportLayers(folders, layers, file);
    } finally {
      await Promise.all(layers.map((layer) => layer.release()));
    }
  }

  /**
   * Adds the layers of an exported file: all are checked before any becomes visible, and those that are here stay.
   * @throws MachinesError LAYER_INVALID when it is not such a file, is damaged, or reaches outside the store; TOOL_MISSING
   */
  async importFrom(file: string): Promise<ImportedLayer[]> {
    const shelf = this.#open();
    return importLayers(shelf.folders, file, (product) => {
      const { key } = product.manifest;
      return withLock(lockOf(shelf, key), async () => {
        const existing = await lookOrDrop(shelf, key, undefined);
        const layer = existing ?? (await publish(shelf, product));
        await layer.release();
        return existing === undefined;
      });
    });
  }

  /** A layer was made: that others cannot be removed is worth a word, and not the work of a minute. */
  async #pruneAfterwards(onNotice: FindOptions["onNotice"]): Promise<void> {
    try {
      await this.prune();
    } catch (error) {
      onNotice?.(`layers could not be pruned: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #open(): Shelf {
    const folders = openFolders(this.root);
    return { folders, usage: new Usage(folders) };
  }
}

function noSuchLayer(key: string): MachinesError {
  return new MachinesError("LAYER_INVALID", `there is no layer ${shortKey(key)}.`, {
    hint: "npx vitest-machines layers ls shows those that there are.",
  });
}
