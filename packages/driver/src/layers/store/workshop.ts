import { chmodSync, lstatSync } from "node:fs";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MachinesError, recordFile, takeStamps, writeManifest, writeStamps } from "@vitest-machines/host";
import { removeTree, type StoreFolders } from "./folders.ts";
import { hashLayerFile, isLayerPath, layerEpoch, manifestFile, type LayerManifest } from "./manifest.ts";
import { makeOwnedName, parseOwnedName } from "./owned-name.ts";
import type { LayerBuild, LayerDraft, LayerInputs } from "./types.ts";

/** A layer that is complete and not yet where others find it. */
export interface Product {
  readonly folder: string;
  readonly manifest: LayerManifest;
}

/**
 * Owner only. Not read-only: QEMU before 8.2 opens the memory of a fork for writing, although it never writes to it.
 * A file that was written to all the same is noticed by its changed time.
 */
const fileMode = 0o600;
const folderMode = 0o700;

/** Gives `work` a folder of its own that nothing is left of, however it ends; a killed process's is removed by pruning. */
export async function inWorkshop<T>(
  folders: StoreFolders,
  key: string,
  work: (workshop: string) => Promise<T>,
): Promise<T> {
  const workshop = join(folders.work, makeOwnedName("build", key));
  await mkdir(workshop, { mode: folderMode });
  try {
    return await work(workshop);
  } finally {
    await removeTree(workshop);
  }
}

/** What killed builds of this layer left behind. Under its lock only, where no workshop of it is anybody's. */
export async function removeWorkshops(folders: StoreFolders, key: string): Promise<void> {
  const left = (await readdir(folders.work)).filter((name) => {
    const parsed = parseOwnedName(name);
    return parsed?.kind === "build" && parsed.key === key;
  });
  await Promise.all(left.map((name) => removeTree(join(folders.work, name))));
}

/** @returns undefined when there is to be no layer */
export async function makeProduct(
  workshop: string,
  key: string,
  inputs: LayerInputs,
  build: LayerBuild,
): Promise<Product | undefined> {
  const source = join(workshop, "source");
  const folder = join(workshop, "product");
  await mkdir(source, { mode: folderMode });
  const draft = await build(source);
  if (draft === undefined) return undefined;
  checkDraft(source, draft);
  for (const path of draft.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: folderMode });
    await rename(join(source, path), join(folder, path));
    setMode(join(folder, path));
  }
  await mkdir(folder, { recursive: true, mode: folderMode });
  const files = [];
  // One after the other: hashing keeps a processor busy, and the freeze of a cluster is not the only thing that runs.
  for (const path of draft.files) files.push(await recordFile(folder, path, hashLayerFile));
  const manifest: LayerManifest = {
    key,
    createdAt: new Date().toISOString(),
    inputs,
    facts: asJson(draft.facts),
    files,
  };
  await writeFile(manifestFile(folder), writeManifest(manifest), { mode: fileMode });
  await sealProduct({ folder, manifest });
  return { folder, manifest };
}

/** Notes that the files are as the manifest says; nothing may touch them after this. */
export async function sealProduct({ folder, manifest }: Product): Promise<void> {
  for (const { path } of manifest.files) setMode(join(folder, path));
  await writeStamps(folder, takeStamps(folder, manifest, layerEpoch()));
}

/** Only where it is another one: a file that other layers share would have to be hashed again there. */
function setMode(file: string): void {
  if ((lstatSync(file).mode & 0o777) !== fileMode) chmodSync(file, fileMode);
}

/** @throws MachinesError LAYER_INVALID */
function checkDraft(source: string, { files }: LayerDraft): void {
  const seen = new Set<string>();
  for (const path of files) {
    if (!isLayerPath(path) || seen.has(path))
      throw badDraft(path, seen.has(path) ? "is named twice" : "has no usable name");
    seen.add(path);
    const stat = lstatSync(join(source, path), { throwIfNoEntry: false });
    if (stat === undefined) throw badDraft(path, "is missing");
    if (!stat.isFile()) throw badDraft(path, "is not a regular file");
  }
}

function badDraft(path: string, complaint: string): MachinesError {
  return new MachinesError("LAYER_INVALID", `a layer cannot hold "${path}": it ${complaint}.`);
}

/** What a later reader of the manifest will see. */
function asJson(facts: unknown): unknown {
  return JSON.parse(JSON.stringify(facts ?? null)) as unknown;
}
