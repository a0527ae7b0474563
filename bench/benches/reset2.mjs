// Two machines go back to their layer: reset() until both answer a command, with a fork made ahead of time and without.
// Baseline: the same cluster without layers, whose reset boots it anew.
import { allAnswer, machines, withLayers } from "../layers.mjs";
import { figure, median, timed } from "../report.mjs";

export default function reset2(rounds = 7) {
  const nodes = machines(2);
  return withLayers(async ({ cold, layer, forked, spare }) => {
    await layer(nodes);
    let next;
    const spares = { take: () => Promise.resolve(next), want: () => undefined };
    const clusters = [];
    try {
      clusters.push(await forked(nodes, { spares }), await cold(nodes));
      const [layered, booted] = clusters;
      const reset = (cluster) =>
        timed(async () => {
          await cluster.reset();
          await allAnswer(cluster);
        });
      const times = { pool: [], forked: [], cold: [] };
      for (let round = 0; round < rounds; round++) {
        next = (await spare(nodes)).made;
        times.pool.push(await reset(layered));
        next = undefined;
        times.forked.push(await reset(layered));
        times.cold.push(await reset(booted));
      }
      const [bench, unit, baseline] = ["reset2", "ms", median(times.cold)];
      return [
        figure({ bench, value: median(times.pool), unit, baseline }),
        figure({ bench, metric: "reset2-no-pool", value: median(times.forked), unit, baseline }),
      ];
    } finally {
      await Promise.all(clusters.map((cluster) => cluster.stop()));
    }
  });
}
