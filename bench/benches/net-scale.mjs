// 2, 8 and 32 machines on one network, from a layer: cluster asked for → every machine has had an answer from every other.
// Baseline: the same cluster without layers. The main figure is that of 32.
import { machines, timeTo, withLayers } from "../layers.mjs";
import { figure, median } from "../report.mjs";

const bench = "net-scale";

const allPairs = (cluster) => {
  const all = Object.values(cluster.machines);
  // One after the other within a machine, all machines at once. Both ways of each pair, so N × (N - 1) answers. A guest gives up to
  // ask for an address after three seconds, which thirty others that ask too can take.
  const ping = (machine) =>
    all.filter((other) => other !== machine).map(({ name }) => `until ping -c1 -W5 ${name} > /dev/null; do :; done`);
  return Promise.all(all.map((machine) => machine.succeed(ping(machine).join("\n"), { timeout: 300_000 })));
};

export default (rounds = 3) =>
  withLayers(async ({ cold, forked, layer }) => {
    const figures = [];
    for (const count of [32, 8, 2]) {
      const nodes = machines(count, { memory: "96M" });
      await layer(nodes);
      const [values, baselines] = [[], []];
      for (let round = 0; round < rounds; round++) {
        values.push(await timeTo(() => forked(nodes), allPairs));
        // Of 32 machines the two processors of a small host boot one a second or two.
        if (round === 0 || count <= 8) baselines.push(await timeTo(() => cold(nodes), allPairs));
      }
      const metric = count === 32 ? bench : `${bench}-${count}`;
      figures.push(figure({ bench, metric, value: median(values), unit: "ms", baseline: median(baselines) }));
    }
    return figures;
  });
