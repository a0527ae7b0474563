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
      const [value, baseline] = [median(times.forked), median(times.cold)];
      const unit = "ms";
      return [
        figure({ bench, value, unit, baseline }),
        figure({ bench, metric: `${bench}-against-raw`, value, unit, baseline: median(times.raw) }),
        ...(withPool ? [figure({ bench, metric: `${bench}-pool`, value: median(times.pool), unit, baseline })] : []),
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
