import { digestOf, sha256 } from "./digest.ts";

export interface FileRecord {
  /** Relative to the folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** What `manifest.json` says about a folder of the cache. */
export interface Manifest {
  /** Name of the folder. */
  readonly name: string;
  readonly builtAt: string;
  /** Small facts for people and tools, such as package versions. */
  readonly facts: Readonly<Record<string, string>>;
  /** Debian packages that the files come from, with their versions. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: readonly FileRecord[];
}

export const manifestName = "manifest.json";

/** The manifest as text, with a checksum over itself, so that damage to the list of checksums is noticed too. */
export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ checksum: sha256(JSON.stringify(manifest)), manifest }, undefined, 2)}\n`;
}

/** @throws RangeError when the text is not a manifest that `writeManifest` wrote, unaltered */
export function readManifest(text: string): Manifest {
  const parsed = parse(text) as { checksum?: unknown; manifest?: unknown } | null;
  if (parsed?.checksum !== sha256(JSON.stringify(parsed?.manifest ?? null))) {
    throw new RangeError(`${manifestName} does not match its own checksum`);
  }
  return parsed.manifest as Manifest;
}

/** Identity of the content of a folder. */
export function contentDigest(manifest: Manifest): string {
  return digestOf(Object.fromEntries(manifest.files.map((file) => [file.path, file.sha256])));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${manifestName} is not JSON`, { cause });
  }
}
