// Clusters of 1 to 32 machines until all have answered a command: how the time grows. Baseline: without layers, up to
// eight machines unless --cold-all is given.
import { allAnswer, machines, timeTo, withLayers } from "../layers.mjs";
import { figure, median } from "../report.mjs";

const counts = [1, 2, 4, 8, 16, 32];
const mostCold = 8;

export default function growth(rounds = 3, { coldAll = false } = {}) {
  return withLayers(async ({ cold, layer, forked }) => {
    const rows = [];
    for (const count of counts) {
      const nodes = machines(count);
      await layer(nodes);
      const isCold = coldAll || count <= mostCold;
      const times = { forked: [], cold: [] };
      for (let round = 0; round < rounds; round++) {
        times.forked.push(await timeTo(() => forked(nodes), allAnswer));
        // Cold starts of many machines take long and differ little.
        if (isCold && (round === 0 || count <= 2)) times.cold.push(await timeTo(() => cold(nodes), allAnswer));
      }
      rows.push({ count, forked: median(times.forked), cold: isCold ? median(times.cold) : undefined });
    }
    // Where nothing was booted, the ratio is to linear growth from one machine.
    const [one] = rows;
    const figures = rows.flatMap(({ count, forked: value, cold: booted }) => [
      ...(booted === undefined ? [] : [line(`growth-${count}`, value, booted)]),
      line(`growth-${count}-against-linear`, value, one.forked * count),
    ]);
    return Object.assign(figures, { table: table(rows) });
  });
}

const line = (metric, value, baseline) => figure({ bench: "growth", metric, value, unit: "ms", baseline });

function table(rows) {
  const cells = rows.map(({ count, forked, cold }) => [
    String(count),
    forked.toFixed(0),
    (forked / count).toFixed(0),
    cold === undefined ? "–" : cold.toFixed(0),
    cold === undefined ? "–" : `${(cold / forked).toFixed(1)} ×`,
  ]);
  const head = ["machines", "forked, ms", "per machine", "booted, ms", "faster"];
  return [head, head.map(() => "--"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
