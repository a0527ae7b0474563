import { readdirSync, readFileSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { manifestName, MachinesError, readChecked } from "@vitest-machines/host";
import type { StoreFolders } from "../folders.ts";
import { isLayerManifest, manifestFile, type LayerManifest } from "../manifest.ts";
import type { ImportedLayer } from "../types.ts";
import { problemsOf } from "../verify.ts";
import { inWorkshop, sealProduct, type Product } from "../workshop.ts";
import { checkEntries } from "./entries.ts";
import { runTar } from "./tar.ts";

/**
 * Unpacks layers in a workshop, checks all of them, and hands them on one by one.
 * @param publish false when the store had the layer already
 */
export async function importLayers(
  folders: StoreFolders,
  file: string,
  publish: (product: Product) => Promise<boolean>,
): Promise<ImportedLayer[]> {
  await requireFile(file);
  const keys = checkEntries(file, await runTar(file, ["--list", "--verbose", "--numeric-owner"]));
  return inWorkshop(folders, "import", async (workshop) => {
    const source = join(workshop, "source");
    await mkdir(source, { mode: 0o700 });
    // An entry that comes twice is refused: the second could be unpacked through the first.
    await runTar(file, ["--extract", "--keep-old-files", "--no-same-owner", "--touch", "--directory", source]);
    const products: Product[] = [];
    for (const key of keys) products.push(await checkProduct(file, join(source, key), key));
    const imported: ImportedLayer[] = [];
    for (const product of products) imported.push({ key: product.manifest.key, isNew: await publish(product) });
    return imported;
  });
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new MachinesError("LAYER_INVALID", `${file} cannot be read.`, { cause });
  });
  if (!found.isFile()) throw new MachinesError("LAYER_INVALID", `${file} is not a file.`);
}

async function checkProduct(file: string, folder: string, key: string): Promise<Product> {
  const problems = await problemsOf(folder, key);
  if (problems.length > 0) throw damaged(file, key, problems);
  const product = { folder, manifest: readManifestOf(folder) };
  const expected = new Set([manifestName, ...product.manifest.files.map(({ path }) => path)]);
  const extra = filesOf(folder).filter((path) => !expected.has(path));
  if (extra.length > 0)
    throw damaged(
      file,
      key,
      extra.map((path) => `${path} is not in its manifest`),
    );
  await sealProduct(product);
  return product;
}

function readManifestOf(folder: string): LayerManifest {
  const manifest = readChecked(readFileSync(manifestFile(folder), "utf8"));
  if (!isLayerManifest(manifest)) throw new RangeError(`${manifestName} changed while it was read`);
  return manifest;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function damaged(file: string, key: string, problems: readonly string[]): MachinesError {
  return new MachinesError("LAYER_INVALID", `${file} is damaged; nothing was imported.`, {
    facts: { key },
    evidence: [`layer ${key}:\n${problems.join("\n")}`],
  });
}
