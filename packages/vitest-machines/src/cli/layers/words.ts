import { shortKey, type LayerSummary } from "@vitest-machines/driver";

/** A layer in a sentence: `0123456789ab  web (client, server)`. */
export function nameOf({ key, cluster, machines }: Pick<LayerSummary, "key" | "cluster" | "machines">): string {
  const names = machines.length > 0 ? ` (${machines.join(", ")})` : "";
  return `${shortKey(key)}  ${cluster ?? "unknown"}${names}`;
}

export function totalBytes(layers: readonly LayerSummary[]): number {
  return layers.reduce((sum, { bytes }) => sum + bytes, 0);
}
