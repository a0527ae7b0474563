// One cluster of many machines from a layer until all have answered a command.
import { allAnswer, machines, timeTo, withLayers } from "./layers.mjs";
import { peakMiB, qemuPids } from "./memory.mjs";
import { rawLayer } from "./raw-fork.mjs";
import { figure, median } from "./report.mjs";

/**
 * @param {{ bench: string, count: number, rounds: number, coldRounds: number, withPool: boolean }} options
 * Baselines: the same cluster without layers, and as many forks of one machine on raw QEMU, their start included.
 */
export function many({ bench, count, rounds, coldRounds, withPool }) {
  const nodes = machines(count);
  return withLayers(async ({ cold, layer, forked, spare }) => {
    await layer(nodes);
    const raw = await rawLayer();
    try {
      const times = { forked: [], pool: [], cold: [], raw: [] };
      const peaks = { forked: [], cold: [] };
      const peak = (list) => () => list.push(peakMiB(qemuPids()));
      for (let round = 0; round < rounds; round++) {
        times.forked.push(await timeTo(() => forked(nodes), allAnswer, peak(peaks.forked)));
        const forks = await raw.fork(count);
        times.raw.push(forks.ms);
        await forks.stop();
        if (withPool) times.pool.push(await timeTo(await spare(nodes), allAnswer));
        if (round < coldRounds) times.cold.push(await timeTo(() => cold(nodes), allAnswer, peak(peaks.cold)));
      }
      const [forkedMs, baseline] = [median(times.forked), median(times.cold)];
      const unit = "ms";
      const line = (metric, value, of = baseline) => figure({ bench, metric, value, unit, baseline: of });
      return [
        // As its users get it: a pool holds forks of clusters of up to eight machines.
        ...(withPool ? [line(bench, median(times.pool)), line(`${bench}-no-pool`, forkedMs)] : [line(bench, forkedMs)]),
        line(`${bench}-${withPool ? "no-pool-" : ""}against-raw`, forkedMs, median(times.raw)),
        figure({
          bench,
          metric: `${bench}-peak-memory`,
          value: median(peaks.forked),
          unit: "MiB",
          baseline: median(peaks.cold),
        }),
      ];
    } finally {
      raw.remove();
    }
  });
}
