import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  hostBootId,
  manifestName,
  sparseSha256OfFile,
  stampsName,
  verifyFolder,
  type FileList,
  type Verdict,
} from "@vitest-machines/host";
import type { LayerInputs } from "./types.ts";

/** What `manifest.json` says about a layer. */
export interface LayerManifest extends FileList {
  readonly key: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly inputs: LayerInputs;
  readonly facts: unknown;
}

/** What the system says when a file is not what it was, or a disk loses it. */
const damageCodes = ["EACCES", "EIO", "EISDIR", "ELOOP", "ENOTDIR", "EPERM"];

/** How files of layers are hashed: memory is large and mostly holes. */
export const hashLayerFile: (path: string) => Promise<string> = sparseSha256OfFile;

/** Layers are not synced to the disk, which would cost seconds, but hashed again after a reboot. */
export function layerEpoch(): string {
  return hostBootId();
}

/** Checks a layer's folder; hashes only files that changed since they were last hashed in this boot of the host. */
export async function inspectLayer(folder: string, key: string): Promise<Verdict<LayerManifest>> {
  const verdict = await verify(folder);
  if (verdict.state === "absent" && existsSync(folder)) {
    return { state: "damaged", reason: `${manifestName} is missing` };
  }
  if (verdict.state !== "good") return verdict;
  if (!isLayerManifest(verdict.manifest)) return { state: "damaged", reason: `${manifestName} is not a layer's` };
  if (verdict.manifest.key === key) return verdict;
  return { state: "damaged", reason: `it is the layer ${verdict.manifest.key}` };
}

async function verify(folder: string): Promise<Verdict<LayerManifest>> {
  try {
    return await verifyFolder<LayerManifest>(folder, { hash: hashLayerFile, epoch: layerEpoch() });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (damageCodes.includes(code)) return { state: "damaged", reason: message };
    throw error;
  }
}

/** Anybody can write a checksum: what another host exported is looked at closely. */
export function isLayerManifest(value: unknown): value is LayerManifest {
  if (!isRecord(value)) return false;
  const { key, createdAt, inputs, files } = value;
  return (
    typeof key === "string" &&
    typeof createdAt === "string" &&
    !Number.isNaN(Date.parse(createdAt)) &&
    isRecord(inputs) &&
    Object.values(inputs).every((input) => typeof input === "string") &&
    Array.isArray(files) &&
    files.every(isFileRecord)
  );
}

function isFileRecord(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { path, size, sha256 } = value;
  return typeof path === "string" && isLayerPath(path) && Number.isSafeInteger(size) && typeof sha256 === "string";
}

/** `part/part`, of letters that mean nothing to a shell or to tar; no part starts with a dot, and none is the store's own. */
export function isLayerPath(path: string): boolean {
  const parts = path.split("/");
  return parts.every((part) => /^[\w@+-][\w@+.-]*$/.test(part)) && path !== manifestName && path !== stampsName;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function manifestFile(folder: string): string {
  return join(folder, manifestName);
}
