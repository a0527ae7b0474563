// One machine from a layer until it has answered a command: with a fork made ahead of time and without, and with more
// memory. Baselines: the same cluster without layers, and a fork on raw QEMU.
import { allAnswer, machines, timeTo, withLayers } from "../layers.mjs";
import { rawLayer } from "../raw-fork.mjs";
import { figure, median } from "../report.mjs";

const sizes = [
  { metric: "fork1", nodes: machines(1) },
  { metric: "fork1-256", nodes: machines(1, { memory: "256M" }) },
  { metric: "fork1-2048", nodes: machines(1, { memory: "2G" }) },
];

export default function fork1(rounds = 7) {
  return withLayers(async ({ cold, layer, forked, spare }) => {
    for (const { nodes } of sizes) await layer(nodes);
    const raw = await rawLayer();
    try {
      const times = sizes.map(() => ({ pool: [], forked: [], cold: [] }));
      const rawTimes = [];
      for (let round = 0; round < rounds; round++) {
        for (const [index, { nodes }] of sizes.entries()) {
          times[index].pool.push(await timeTo(await spare(nodes), allAnswer));
          times[index].forked.push(await timeTo(() => forked(nodes), allAnswer));
          times[index].cold.push(await timeTo(() => cold(nodes), allAnswer));
        }
        const forks = await raw.fork(1);
        rawTimes.push(forks.ms);
        await forks.stop();
      }
      const bench = "fork1";
      const unit = "ms";
      const withoutPool = sizes.map(({ metric }, index) => ({
        metric: metric.replace("fork1", "fork1-no-pool"),
        value: median(times[index].forked),
        baseline: median(times[index].cold),
      }));
      return [
        ...sizes.map(({ metric }, index) => {
          const { pool, cold: booted } = times[index];
          return figure({ bench, metric, value: median(pool), unit, baseline: median(booted) });
        }),
        ...withoutPool.map((one) => figure({ bench, unit, ...one })),
        figure({
          bench,
          metric: "fork1-no-pool-against-raw",
          value: median(times[0].forked),
          unit,
          baseline: median(rawTimes),
        }),
      ];
    } finally {
      raw.remove();
    }
  });
}
