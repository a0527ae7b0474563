import type { CachedImage } from "./cached-image.ts";

export type ImagePruneReason = "age" | "size" | "all";

export interface ImagePruneGoal {
  readonly now: Date;
  /** How long one may go unused, in milliseconds. */
  readonly maxAgeMs: number;
  /** What all together may take. */
  readonly maxBytes: number;
  /** Everything that is not in use. */
  readonly all: boolean;
}

/** What has to go, the least recently used first: what was not used for too long, then as many as it takes. Pure. */
export function planImagePrune(
  images: readonly CachedImage[],
  { now, maxAgeMs, maxBytes, all }: ImagePruneGoal,
): { readonly image: CachedImage; readonly reason: ImagePruneReason }[] {
  const candidates = images
    .filter(({ inUse }) => !inUse)
    .sort((a, b) => a.lastUsedAt.getTime() - b.lastUsedAt.getTime());
  let bytes = images.reduce((sum, image) => sum + image.bytes, 0);
  return candidates.flatMap((image) => {
    const isOld = now.getTime() - image.lastUsedAt.getTime() > maxAgeMs;
    const reason = all ? "all" : isOld ? "age" : bytes > maxBytes ? "size" : undefined;
    if (reason === undefined) return [];
    bytes -= image.bytes;
    return [{ image, reason }];
  });
}
