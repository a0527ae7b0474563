import type { StoreLimits } from "./limits.ts";
import type { Surveyed } from "./survey.ts";
import type { PruneReason } from "./types.ts";

export interface PruneGoal extends StoreLimits {
  readonly now: Date;
  /** Every layer that nobody uses. */
  readonly all: boolean;
  /** Bytes that the disk lacks. */
  readonly lackingBytes: number;
}

export interface Doomed {
  readonly layer: Surveyed;
  readonly reason: PruneReason;
}

/**
 * Which layers have to go, the least recently used first: those that nobody used for too long, and then as many as it
 * takes. None that is in use. Removing a layer frees only files that no other layer has. Pure.
 */
export function planPrune(layers: readonly Surveyed[], goal: PruneGoal): Doomed[] {
  const candidates = layers
    .filter(({ inUse }) => !inUse)
    .sort((a, b) => a.lastUsedAt.getTime() - b.lastUsedAt.getTime());
  const left = new Set(layers);
  const before = bytesOf(left);
  return candidates.flatMap((layer) => {
    const bytes = bytesOf(left);
    const isOld = goal.now.getTime() - layer.lastUsedAt.getTime() > goal.maxAgeMs;
    const reason: PruneReason | undefined = goal.all
      ? "all"
      : isOld
        ? "age"
        : bytes > goal.maxBytes
          ? "size"
          : before - bytes < goal.lackingBytes
            ? "space"
            : undefined;
    if (reason === undefined) return [];
    left.delete(layer);
    return [{ layer, reason }];
  });
}

function bytesOf(layers: Iterable<Surveyed>): number {
  const sizes = new Map([...layers].flatMap(({ files }) => [...files]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
