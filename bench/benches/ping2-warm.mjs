// Two machines on one switch from a layer: cluster asked for → first ping answered, with a fork made ahead of time and
// without. Baseline: the same cluster without layers.
import { machines, timeTo, withLayers } from "../layers.mjs";
import { figure, median, paired } from "../report.mjs";

const ping = (cluster) => cluster.machines.m1.succeed("ping -c1 m2");

export default function ping2Warm(rounds = 7) {
  const nodes = machines(2);
  return withLayers(async ({ cold, layer, forked, spare }) => {
    await layer(nodes);
    const withoutPool = [];
    const { value, baseline } = await paired(
      rounds,
      async () => {
        const ready = await spare(nodes);
        const time = await timeTo(ready, ping);
        withoutPool.push(await timeTo(() => forked(nodes), ping));
        return time;
      },
      () => timeTo(() => cold(nodes), ping),
    );
    const bench = "ping2-warm";
    return [
      figure({ bench, value, unit: "ms", baseline }),
      figure({ bench, metric: "ping2-warm-no-pool", value: median(withoutPool), unit: "ms", baseline }),
    ];
  });
}
