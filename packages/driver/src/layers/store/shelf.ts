import { existsSync, utimesSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { MachinesError } from "@vitest-machines/host";
import { removeTree, type StoreFolders } from "./folders.ts";
import { shortKey } from "./key.ts";
import { inspectLayer, type LayerManifest } from "./manifest.ts";
import type { LayerBuild, LayerInputs, StoredLayer } from "./types.ts";
import type { Unmark, Usage } from "./usage.ts";
import { inWorkshop, makeProduct, removeWorkshops, type Product } from "./workshop.ts";

/** Where layers stand, and who uses them. */
export interface Shelf {
  readonly folders: StoreFolders;
  readonly usage: Usage;
}

export type Look =
  { readonly layer: StoredLayer } | { readonly layer: undefined; readonly damage?: string | undefined };

/** The lock under which a layer is built, replaced and dropped. */
export function lockOf({ folders }: Shelf, key: string): string {
  return join(folders.locks, key);
}

/** A good layer, in use by this process from now on. Takes no lock, and hashes only what changed. */
export async function lookFor({ folders, usage }: Shelf, key: string): Promise<Look> {
  const folder = join(folders.root, key);
  if (!existsSync(folder)) return { layer: undefined };
  const unmark = await usage.mark(key);
  if (unmark === undefined) return { layer: undefined };
  try {
    const verdict = await inspectLayer(folder, key);
    if (verdict.state === "good") {
      touch(folder);
      return { layer: storedLayer(folder, verdict.manifest, unmark) };
    }
    unmark();
    return { layer: undefined, damage: verdict.state === "damaged" ? verdict.reason : undefined };
  } catch (error) {
    unmark();
    throw error;
  }
}

/** Under the layer's lock: the same, and a damaged layer is dropped. */
export async function lookOrDrop(
  shelf: Shelf,
  key: string,
  onNotice: ((text: string) => void) | undefined,
): Promise<StoredLayer | undefined> {
  const found = await lookFor(shelf, key);
  if (found.layer !== undefined) return found.layer;
  if (found.damage !== undefined) {
    onNotice?.(`layer ${shortKey(key)} is damaged (${found.damage}) and was dropped`);
    await dropLayer(shelf, key);
  }
  return undefined;
}

/** Under the layer's lock: removes it, whoever uses it. @returns false when it was gone */
export async function dropLayer({ usage }: Shelf, key: string): Promise<boolean> {
  const gone = usage.take(key);
  if (gone === undefined) return false;
  await removeTree(gone);
  return true;
}

/** Under the layer's lock, when there is none. */
export async function buildLayer(
  shelf: Shelf,
  key: string,
  inputs: LayerInputs,
  build: LayerBuild,
): Promise<StoredLayer | undefined> {
  await removeWorkshops(shelf.folders, key);
  return inWorkshop(shelf.folders, key, async (workshop) => {
    const product = await makeProduct(workshop, key, inputs, build);
    return product === undefined ? undefined : publish(shelf, product);
  });
}

/**
 * Under the layer's lock, when there is none: makes a layer visible, in use by this process.
 * @throws MachinesError LOCK_FAILED when a process that was about to remove the layer has stopped half-way
 */
export async function publish({ folders, usage }: Shelf, { folder: product, manifest }: Product): Promise<StoredLayer> {
  const folder = join(folders.root, manifest.key);
  // Before it is visible, so that there is no moment in which pruning could take it.
  const unmark = await usage.mark(manifest.key);
  if (unmark === undefined) {
    throw new MachinesError(
      "LOCK_FAILED",
      `another process is stuck while it removes layer ${shortKey(manifest.key)}.`,
      {
        hint: `Is one suspended? Its process id is in the names of the files end.* in ${folders.use}.`,
      },
    );
  }
  try {
    await rename(product, folder);
    touch(folder);
  } catch (error) {
    unmark();
    throw error;
  }
  return storedLayer(folder, manifest, unmark);
}

/** The folder's own time says when the layer was last used; stamps are of files. */
function touch(folder: string): void {
  const now = new Date();
  utimesSync(folder, now, now);
}

function storedLayer(folder: string, manifest: LayerManifest, unmark: Unmark): StoredLayer {
  const { key, createdAt, inputs, facts } = manifest;
  let released = false;
  return {
    key,
    folder,
    createdAt: new Date(createdAt),
    inputs,
    facts,
    release: () => {
      // Used until now. A layer that was dropped as damaged meanwhile has no folder.
      if (!released && existsSync(folder)) touch(folder);
      released = true;
      unmark();
      return Promise.resolve();
    },
  };
}
