import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir, open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { LayerStore, type LayerBuild, type LayerDraft, type StoreLimits } from "../../../src/layers/store/store.ts";

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vm-layers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store of its own, not yet created on the disk. */
export function aStore(limits: Partial<StoreLimits> = {}): { store: LayerStore; root: string } {
  const root = join(temporaryFolder(), "layers");
  return { root, store: new LayerStore({ root, limits }) };
}

export const key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
export const inputs = { image: "tiny 1", memory: "128 MiB" };
export const facts = { cluster: "web", machines: ["client", "server"] };

/** What a frozen cluster of one machine leaves: sparse memory with data in two places, and a small file. */
export async function fill(folder: string, bytes: number = 4 << 20): Promise<LayerDraft> {
  await mkdir(join(folder, "n1"));
  const memory = await open(join(folder, "n1/ram"), "w");
  await memory.truncate(bytes);
  await memory.write(Buffer.alloc(70_000, "a"), 0, undefined, 10_000);
  await memory.write("end", bytes - 3);
  await memory.close();
  await writeFile(join(folder, "n1/devices"), "state");
  await writeFile(join(folder, "scratch"), "not part of the layer");
  return { files: ["n1/ram", "n1/devices"], facts };
}

/** A build that counts. */
export function counting(build: LayerBuild = fill): { build: LayerBuild; count: () => number } {
  let count = 0;
  return {
    count: () => count,
    build: (folder) => {
      count++;
      return build(folder);
    },
  };
}

/** A layer that nobody uses any more. */
export async function storeLayer(store: LayerStore, name: string = key, build: LayerBuild = fill): Promise<void> {
  const layer = await store.obtain(name, inputs, build);
  await layer?.release();
}

/** A file of exactly `kibibytes` on the disk. */
export function filled(kibibytes: number): LayerBuild {
  return (folder) => {
    writeFileSync(join(folder, "ram"), Buffer.alloc(kibibytes * 1024, "x"));
    truncateSync(join(folder, "ram"), kibibytes * 2048);
    return Promise.resolve({ files: ["ram"], facts });
  };
}
