import { digestOf, sha256 } from "./digest.ts";

export interface FileRecord {
  /** Relative to the folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content, or of what is not zero in it where the folder's maker hashes that. */
  readonly sha256: string;
}

/** What every manifest says, whatever else it does: the files that are checked. */
export interface FileList {
  readonly files: readonly FileRecord[];
}

/** What `manifest.json` says about a folder of the cache. */
export interface Manifest extends FileList {
  /** Name of the folder. */
  readonly name: string;
  readonly builtAt: string;
  /** Small facts for people and tools, such as package versions. */
  readonly facts: Readonly<Record<string, string>>;
  /** Debian packages that the files come from, with their versions. */
  readonly packages: Readonly<Record<string, string>>;
}

export const manifestName = "manifest.json";

/** The manifest as text, with a checksum over itself, so that damage to the list of checksums is noticed too. */
export function writeManifest(manifest: FileList): string {
  return `${JSON.stringify({ checksum: sha256(JSON.stringify(manifest)), manifest }, undefined, 2)}\n`;
}

/** @throws RangeError when the text is not a manifest that `writeManifest` wrote, unaltered */
export function readManifest(text: string): Manifest {
  return readChecked(text) as Manifest;
}

/** The same for what is more, or less, than a {@link Manifest}. */
export function readChecked(text: string): unknown {
  const parsed = parse(text) as { checksum?: unknown; manifest?: unknown } | null;
  if (parsed?.checksum !== sha256(JSON.stringify(parsed?.manifest ?? null))) {
    throw new RangeError(`${manifestName} does not match its own checksum`);
  }
  return parsed.manifest;
}

/** Identity of the content of a folder. */
export function contentDigest(manifest: FileList): string {
  return digestOf(Object.fromEntries(manifest.files.map((file) => [file.path, file.sha256])));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`${manifestName} is not JSON`, { cause });
  }
}
