// What goes between two guests, ours beside raw ones: both pairs are up during the whole bench and are measured in turn, so
// that nothing but the network differs. A guest that waits costs next to nothing.
import { machines, withLayers } from "./layers.mjs";
import { rawPair } from "./raw-pair.mjs";
import { figure, median } from "./report.mjs";

/**
 * @param {{ bench: string, rounds: number, unit: string, measure: (run: (guest: 0 | 1, script: string) => Promise<string>) => Promise<number> }} options
 * The second guest of a pair is 192.168.1.2. A machine that was forked and one that was booted are measured, each against raw
 * QEMU on a bare switch.
 */
export function pairs({ bench, rounds, unit, measure }) {
  const nodes = machines(2);
  return withLayers(async ({ cold, forked, layer }) => {
    await layer(nodes);
    const stops = [];
    const started = async (starting, run) => {
      const pair = await starting;
      stops.push(() => pair.stop());
      return run(pair);
    };
    const ours = (cluster) => (guest, script) => cluster.machines[`m${guest + 1}`].succeed(script);
    try {
      const runs = {
        forked: await started(forked(nodes), ours),
        booted: await started(cold(nodes), ours),
        raw: await started(rawPairInTime(), (pair) => pair.run),
      };
      const values = { forked: [], booted: [], raw: [] };
      // QEMU translates a guest's code when it first runs.
      for (const run of Object.values(runs)) await measure(run);
      for (let round = 0; round < rounds; round++) {
        for (const name of Object.keys(runs)) values[name].push(await measure(runs[name]));
      }
      const baseline = median(values.raw);
      return [
        figure({ bench, value: median(values.forked), unit, baseline }),
        figure({ bench, metric: `${bench}-booted`, value: median(values.booted), unit, baseline }),
      ];
    } finally {
      await Promise.all(stops.map((stop) => stop()));
    }
  });
}

/**
 * A guest may measure its processor's clock wrongly at boot, and then has eight seconds for one of the host's. Ours are told to go
 * by another timer; of raw ones, those that are right are what to compare with.
 */
async function rawPairInTime() {
  for (;;) {
    const pair = await rawPair();
    const rates = await Promise.all([0, 1].map((guest) => clockRate(pair, guest)));
    if (rates.every((rate) => Math.abs(rate - 1) < 0.05)) return pair;
    await pair.stop();
  }
}

async function clockRate({ run }, guest) {
  const look = async () => [Number((await run(guest, "cat /proc/uptime")).split(" ")[0]), performance.now() / 1000];
  const [before, from] = await look();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const [after, to] = await look();
  return (after - before) / (to - from);
}
