import { lstatSync, readdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { removeTree, type StoreFolders } from "./folders.ts";
import { forgetOldSuites } from "./history.ts";
import { spareDiskBytes, type StoreLimits } from "./limits.ts";
import { mayLive, parseOwnedName } from "./owned-name.ts";
import { planPrune } from "./plan-prune.ts";
import { summarize, surveyLayers } from "./survey.ts";
import type { PruneReport, RoomVerdict } from "./types.ts";
import type { Usage } from "./usage.ts";

const mebibyte = 1024 ** 2;
/** How long the work of a process in another container is left alone. */
const unseenWorkMs = 24 * 3600_000;

export interface Pruning {
  readonly folders: StoreFolders;
  readonly usage: Usage;
  readonly limits: StoreLimits;
}

export interface PruneOptions {
  /** Removes every layer that nobody uses. Default: false. */
  all?: boolean | undefined;
  /** Ages are measured against it. Default: the current time. */
  now?: Date | undefined;
  /** Bytes that are about to be written. Default: 0. */
  neededBytes?: number | undefined;
}

/** Needs no lock: two processes that prune at once agree about what has to go, and a layer is taken by one of them. */
export async function pruneStore(store: Pruning, options: PruneOptions = {}): Promise<PruneReport> {
  const { folders, usage, limits } = store;
  const { all = false, now = new Date(), neededBytes = 0 } = options;
  usage.sweep();
  const leftovers = await removeLeftovers(folders);
  const lackingBytes = neededBytes + spareDiskBytes - (await freeBytes(folders.root));
  const layers = surveyLayers(folders, usage);
  const summaries = new Map(summarize(layers).map((summary) => [summary.key, summary]));
  const removed = [];
  for (const { layer, reason } of planPrune(layers, { ...limits, now, all, lackingBytes })) {
    const gone = usage.takeUnused(layer.key);
    if (gone === undefined) continue;
    await removeTree(gone);
    const summary = summaries.get(layer.key);
    summaries.delete(layer.key);
    if (summary !== undefined) removed.push({ ...summary, reason });
  }
  forgetOldSuites(folders.history, now.getTime() - limits.maxAgeMs);
  return { removed, leftovers, kept: [...summaries.values()] };
}

/** Whether `bytes` more can be stored, after pruning if need be. */
export async function makeRoom(store: Pruning, bytes: number): Promise<RoomVerdict> {
  const { folders, limits } = store;
  if (bytes > limits.maxBytes) {
    return {
      fits: false,
      reason: `it takes ${inMiB(bytes)} MiB and all layers together may have ${inMiB(limits.maxBytes)} MiB`,
    };
  }
  const wanted = bytes + spareDiskBytes;
  if ((await freeBytes(folders.root)) >= wanted) return { fits: true };
  await pruneStore(store, { neededBytes: bytes });
  const free = await freeBytes(folders.root);
  if (free >= wanted) return { fits: true };
  const spare = `${inMiB(spareDiskBytes)} MiB stay free`;
  return {
    fits: false,
    reason: `it takes ${inMiB(bytes)} MiB and ${folders.root} has ${inMiB(free)} MiB free, of which ${spare}`,
  };
}

async function removeLeftovers(folders: StoreFolders): Promise<number> {
  const left = readdirSync(folders.work).filter((name) => {
    const parsed = parseOwnedName(name);
    return parsed !== undefined && !mayLive(parsed.owner, () => ageOf(join(folders.work, name)), unseenWorkMs);
  });
  await Promise.all(left.map((name) => removeTree(join(folders.work, name))));
  return left.length;
}

function ageOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? Infinity : Date.now() - stat.mtimeMs;
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function inMiB(bytes: number): number {
  return Math.ceil(bytes / mebibyte);
}
