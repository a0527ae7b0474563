import {
  cacheFolder,
  readManifest,
  verifyFolder,
  withLock,
  sparseSha256OfFile,
  type Manifest,
} from "@vitest-machines/host";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, type Stats } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { kindOf, type CachedImage } from "./cached-image.ts";
import { openFilesBelow } from "./open-files.ts";
import { planImagePrune, type ImagePruneGoal, type ImagePruneReason } from "./plan-prune.ts";

const day = 24 * 3600_000;
/** For so long a cluster may be on its way from its image to machines that have it open. */
const justUsedMs = 15 * 60_000;

export interface ImagePruneReport {
  readonly removed: readonly (CachedImage & { readonly reason: ImagePruneReason })[];
  readonly kept: readonly CachedImage[];
  /** Downloaded packages that were removed. */
  readonly packages: { readonly count: number; readonly bytes: number };
  /** What killed builds have left. */
  readonly leftovers: number;
}

/** The images of this user, in the cache folder. */
export class ImageStore {
  readonly root: string = join(cacheFolder(), "images");

  /** Those that there are, the most recently used first. */
  list(now: Date = new Date()): CachedImage[] {
    const open = existsSync(this.root) ? openFilesBelow(this.root) : [];
    return this.#folders()
      .map((name) => survey(this.root, name, open, now))
      .sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
  }

  /** Packages that were downloaded, for builds to come. */
  downloads(): { readonly count: number; readonly bytes: number } {
    return sum(debs(this.root));
  }

  /**
   * Removes what was not used for too long, then what is too much, or everything. Nothing that is in use.
   * @param goal defaults: 30 days, no limit of size
   */
  async prune(goal: Partial<ImagePruneGoal> = {}): Promise<ImagePruneReport> {
    const { now = new Date(), maxAgeMs = 30 * day, maxBytes = Infinity, all = false } = goal;
    const images = this.list(now);
    const removed = [];
    for (const { image, reason } of planImagePrune(images, { now, maxAgeMs, maxBytes, all })) {
      if (await this.#remove(image, now)) removed.push({ ...image, reason });
    }
    const names = new Set(removed.map(({ name }) => name));
    const old = await this.#pruneDownloads(all ? -Infinity : maxAgeMs, now);
    return {
      removed,
      kept: images.filter(({ name }) => !names.has(name)),
      packages: old,
      leftovers: await this.#removeLeftovers(),
    };
  }

  /**
   * Hashes every file of one of them.
   * @returns what is wrong with it
   */
  async verify({ kind, folder }: CachedImage): Promise<string | undefined> {
    // An epoch of its own, so that no stamp counts.
    const epoch = `verify ${process.pid} ${performance.now()}`;
    const hash = kind === "debian" ? { hash: sparseSha256OfFile } : {};
    const verdict = await verifyFolder(folder, { ...hash, epoch, keepStamps: true });
    if (verdict.state === "good") return undefined;
    return verdict.state === "damaged" ? verdict.reason : "manifest.json is missing";
  }

  /** Removes one, unless it has come into use. */
  drop(image: CachedImage): Promise<boolean> {
    return this.#remove(image, new Date());
  }

  #folders(): string[] {
    if (!existsSync(this.root)) return [];
    return readdirSync(this.root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "packages")
      .map(({ name }) => name);
  }

  /** Under the lock that its builders take, and so never while somebody builds it. */
  async #remove({ name, folder }: CachedImage, now: Date): Promise<boolean> {
    return withLock(join(this.root, `${name}.lock`), async () => {
      if (!existsSync(folder) || survey(this.root, name, openFilesBelow(this.root), now).inUse) return false;
      const gone = join(this.root, `.${name}.gone`);
      await rename(folder, gone);
      await rm(gone, { recursive: true, force: true });
      return true;
    });
  }

  /** A link from a build makes a file younger, so its age says when it was last wanted. */
  async #pruneDownloads(maxAgeMs: number, now: Date): Promise<{ count: number; bytes: number }> {
    if (debs(this.root).length === 0) return { count: 0, bytes: 0 };
    return withLock(join(this.root, "packages/download.lock"), () => {
      const old = debs(this.root).filter(({ stat }) => now.getTime() - stat.ctimeMs > maxAgeMs);
      for (const { path } of old) rmSync(path);
      return Promise.resolve(sum(old));
    });
  }

  async #removeLeftovers(): Promise<number> {
    if (!existsSync(this.root)) return 0;
    const left = readdirSync(this.root).filter((name) => name.startsWith("."));
    let count = 0;
    for (const entry of left) {
      const name = entry.slice(1, entry.lastIndexOf("."));
      await withLock(join(this.root, `${name}.lock`), async () => {
        if (!existsSync(join(this.root, entry))) return;
        await rm(join(this.root, entry), { recursive: true, force: true });
        count++;
      });
    }
    return count;
  }
}

function survey(root: string, name: string, open: readonly string[], now: Date): CachedImage {
  const folder = join(root, name);
  const stat = lstatSync(folder);
  const { manifest, problem } = manifestOf(folder);
  const isOpen = open.some((path) => path.startsWith(folder + sep));
  return {
    name,
    kind: kindOf(name),
    folder,
    suite: manifest?.facts["release"] ?? manifest?.facts["suite"],
    packages: (manifest?.facts["packages"] ?? "").split(" ").filter(Boolean),
    bytes: bytesBelow(folder),
    builtAt: manifest === undefined ? stat.birthtime : new Date(manifest.builtAt),
    lastUsedAt: stat.mtime,
    inUse: isOpen || now.getTime() - stat.mtimeMs < justUsedMs,
    problem,
  };
}

function manifestOf(folder: string): { manifest?: Manifest; problem?: string } {
  const file = join(folder, "manifest.json");
  if (!existsSync(file)) return { problem: "manifest.json is missing" };
  try {
    return { manifest: readManifest(readFileSync(file, "utf8")) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: error.message };
    throw error;
  }
}

function bytesBelow(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce((bytes, entry) => {
    const stat = lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    return bytes + (stat?.blocks ?? 0) * 512;
  }, 0);
}

function debs(root: string): { path: string; stat: Stats }[] {
  const folder = join(root, "packages");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".deb"))
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      return stat === undefined ? [] : [{ path, stat }];
    });
}

function sum(files: readonly { stat: Stats }[]): { count: number; bytes: number } {
  return { count: files.length, bytes: files.reduce((bytes, { stat }) => bytes + stat.blocks * 512, 0) };
}
