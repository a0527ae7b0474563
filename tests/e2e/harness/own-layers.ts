import { createCache, layersOn } from "../../../packages/vitest-machines/tests/support/own-cache.ts";

/** Makes everything that a project starts use layers, also in a run that is to do without them, and none that others made. */
export async function ownLayers(): Promise<Record<string, string>> {
  return layersOn(await createCache());
}
