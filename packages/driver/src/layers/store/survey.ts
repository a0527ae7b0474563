import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestName, readChecked } from "@vitest-machines/host";
import type { StoreFolders } from "./folders.ts";
import { isLayerKey } from "./key.ts";
import { isLayerManifest, manifestFile, type LayerManifest } from "./manifest.ts";
import type { LayerSummary } from "./types.ts";
import type { Usage } from "./usage.ts";

/** A layer as pruning sees it. */
export interface Surveyed extends Omit<LayerSummary, "bytes"> {
  /** Bytes on the disk of each of its files, by the file's identity: layers may share files. */
  readonly files: ReadonlyMap<string, number>;
}

/** Every layer of the store, as it looks without hashing anything; the most recently used first. */
export function surveyLayers(folders: StoreFolders, usage: Usage): Surveyed[] {
  return readdirSync(folders.root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isLayerKey(entry.name))
    .flatMap(({ name }) => surveyLayer(join(folders.root, name), name, usage) ?? [])
    .sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
}

/** The same for people: shared files count once, for the oldest layer that has them. */
export function summarize(layers: readonly Surveyed[]): LayerSummary[] {
  const counted = new Set<string>();
  const bytes = new Map<string, number>();
  for (const { key, files } of layers.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime())) {
    const own = [...files].filter(([id]) => !counted.has(id));
    for (const [id] of own) counted.add(id);
    bytes.set(
      key,
      own.reduce((sum, [, size]) => sum + size, 0),
    );
  }
  return layers.map((layer) => {
    const { key, folder, createdAt, lastUsedAt, cluster, machines, inUse, problem } = layer;
    return { key, folder, createdAt, lastUsedAt, bytes: bytes.get(key) ?? 0, cluster, machines, inUse, problem };
  });
}

function surveyLayer(folder: string, key: string, usage: Usage): Surveyed | undefined {
  try {
    const stat = lstatSync(folder);
    const manifest = readManifestOf(folder);
    const facts = typeof manifest === "string" ? {} : (manifest.facts as Record<string, unknown> | null);
    return {
      key,
      folder,
      createdAt: typeof manifest === "string" ? stat.birthtime : new Date(manifest.createdAt),
      lastUsedAt: stat.mtime,
      cluster: typeof facts?.["cluster"] === "string" ? facts["cluster"] : undefined,
      machines: names(facts?.["machines"]),
      inUse: usage.isUsed(key),
      problem: typeof manifest === "string" ? manifest : undefined,
      files: measure(folder),
    };
  } catch (error) {
    // Somebody is just removing it.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The manifest, or what is wrong with it. */
function readManifestOf(folder: string): LayerManifest | string {
  try {
    const manifest = readChecked(readFileSync(manifestFile(folder), "utf8"));
    return isLayerManifest(manifest) ? manifest : `${manifestName} is not a layer's`;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === "ENOENT" ? `${manifestName} is missing` : `${manifestName} cannot be read: ${code}`;
  }
}

function measure(folder: string): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const { dev, ino, blocks } = lstatSync(join(entry.parentPath, entry.name));
    sizes.set(`${dev}:${ino}`, blocks * 512);
  }
  return sizes;
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : [];
}
