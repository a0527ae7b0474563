import { chmod, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { MachinesError, stampsName } from "@vitest-machines/host";
import type { StoreFolders } from "../folders.ts";
import type { StoredLayer } from "../types.ts";
import { runTar } from "./tar.ts";

export interface ExportReport {
  readonly file: string;
  /** Of the compressed file. */
  readonly bytes: number;
  readonly keys: readonly string[];
}

/** Writes layers that are held into one file, which appears when it is complete. Holes and shared files stay what they are. */
export async function exportLayers(
  folders: StoreFolders,
  layers: readonly StoredLayer[],
  file: string,
): Promise<ExportReport> {
  if (layers.length === 0) throw new MachinesError("LAYER_INVALID", "there is no layer to export.");
  const target = resolve(file);
  const part = `${target}.part`;
  const keys = layers.map(({ key }) => key);
  try {
    await writeFile(part, "", { mode: 0o600 });
    await chmod(part, 0o600);
    // Stamps say how files look on this host.
    const argv = ["--create", "--sparse", `--exclude=${stampsName}`, "--directory", folders.root, "--", ...keys];
    await runTar(part, argv);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
  return { file: target, bytes: (await stat(target)).size, keys };
}
