import { createCache, layersOn } from "../../../packages/vitest-machines/tests/support/own-cache.ts";

/** Makes everything that a project starts use layers, also in a run that is to do without them, and none that others made. */
export async function ownLayers(): Promise<Record<string, string>> {
  return layersOn(await createCache());
}

/** The same with the user's own layers, for tests to which it is all one whether there are any yet. */
export const layersAnyway: Record<string, string> = { VITEST_MACHINES_LAYERS: "" };
