import type { CachedImage } from "@vitest-machines/images";

const longest = 40;

/** What is in an image, as far as its folder says: `debian system bookworm: curl nginx-light`. */
export function specOf({ kind, suite, packages }: Pick<CachedImage, "kind" | "suite" | "packages">): string {
  const names = packages.join(" ");
  const shown = names.length > longest ? `${names.slice(0, longest - 1)}…` : names;
  return [kind, suite].filter(Boolean).join(" ") + (shown === "" ? "" : `: ${shown}`);
}

export function totalBytes(images: readonly { readonly bytes: number }[]): number {
  return images.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
