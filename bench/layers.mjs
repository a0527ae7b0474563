// Clusters with and without layers, for benches: a store of their own, and forks made ahead of time when asked for.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cluster, LayerStore, SparePool } from "@vitest-machines/driver";
import { cacheFolder, LocalProcessHost } from "@vitest-machines/host";

/** A folder on the file system where layers are. It may hold gigabytes, so it goes however this process ends. */
export function temporaryFolder(name) {
  mkdirSync(cacheFolder(), { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(cacheFolder(), `bench-${name}-`));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Gives `work` a way to start clusters, and removes what they leave:
 * - `cold(nodes)`: without layers.
 * - `forked(nodes)`: from the layer, which an earlier call has made.
 * - `spare(nodes)`: makes a fork ahead of time and returns how to start a cluster with it.
 */
export async function withLayers(work) {
  // 32 machines are more than the budget of a small host; they would wait until they are alone.
  process.env.VITEST_MACHINES_BUDGET_VCPUS ??= "128";
  const root = temporaryFolder("layers");
  const host = new LocalProcessHost();
  const store = new LayerStore({ root });
  const failed = (error) => {
    throw error;
  };
  const pool = new SparePool({ host, store, eager: true, onError: failed });
  const recipes = new Map();
  const keep = (nodes, cluster) => {
    recipes.set(JSON.stringify(nodes), cluster.forkRecipe);
    return cluster;
  };
  const make = async (recipe) => {
    for (let attempt = 0; attempt < 50; attempt++) {
      pool.want(recipe, "next");
      // Who takes it while it is being made gets it without its exercise.
      const made = (await pool.isMade(recipe.layerKey)) && (await pool.take(recipe.layerKey));
      if (made) return made;
      // Others on this host have all of its budget; forks ahead of time give way to them.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error("no fork was made ahead of time");
  };
  const spare = async (nodes) => {
    const made = await make(recipes.get(JSON.stringify(nodes)));
    const spares = { take: () => Promise.resolve(made), want: () => undefined };
    return Object.assign(() => start(nodes, { layers: store, spares, processHost: host }, "spare"), { made, spares });
  };
  try {
    return await work({
      root,
      pool,
      cold: (nodes) => start(nodes, { layers: false, processHost: host }, "booted"),
      /** Boots and freezes, so that later starts are forks. */
      layer: async (nodes) => {
        const cluster = keep(nodes, await Cluster.start({ nodes }, { layers: store, processHost: host }));
        await cluster.stop();
      },
      forked: (nodes, options = {}) => start(nodes, { layers: store, processHost: host, ...options }, "forked"),
      spare,
    });
  } finally {
    await pool.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** A figure that was not measured on what it is about would be worse than none. */
async function start(nodes, options, wanted) {
  const cluster = await Cluster.start({ nodes }, options);
  const { how, spare } = cluster.origin;
  const origin = spare ? "spare" : how;
  if (origin === wanted) return cluster;
  await cluster.stop();
  throw new Error(`the cluster was to be ${wanted}, and was ${origin}`);
}

/** Machines without anything of their own: m1, m2, … */
export function machines(count, declaration = {}) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index + 1}`, declaration]));
}

/** Every machine runs a command. */
export function allAnswer(cluster) {
  return Promise.all(Object.values(cluster.machines).map((machine) => machine.succeed("true")));
}

/** How long until `start` has a cluster and `use` is through with it, in milliseconds; the cluster is stopped afterwards. */
export async function timeTo(start, use, after = () => undefined) {
  const startedAt = performance.now();
  const cluster = await start();
  try {
    await use(cluster);
    const time = performance.now() - startedAt;
    await after(cluster);
    return time;
  } finally {
    await cluster.stop();
  }
}
