// A Debian machine with nginx from its layer: cluster asked for → curl answers, or fetch through the agent, with a
// fork made ahead of time and without one.
// Baseline: the same cluster without layers.
import { answering, curl, page } from "../debian.mjs";
import { timeTo, withLayers } from "../layers.mjs";
import { figure, median } from "../report.mjs";

export default function debianWarm(rounds = 7) {
  return withLayers(async ({ cold, layer, forked, spare }) => {
    await layer(answering);
    const times = { pool: [], page: [], forked: [], cold: [] };
    for (let round = 0; round < rounds; round++) {
      times.pool.push(await timeTo(await spare(answering), curl));
      times.page.push(await timeTo(await spare(answering), page));
      times.forked.push(await timeTo(() => forked(answering), curl));
      if (round < 2) times.cold.push(await timeTo(() => cold(answering), curl));
    }
    const baseline = median(times.cold);
    const line = (metric, value) => figure({ bench: "debian-warm", metric, value, unit: "ms", baseline });
    return [
      line("debian-warm", median(times.pool)),
      line("debian-warm-fetch", median(times.page)),
      line("debian-warm-no-pool", median(times.forked)),
    ];
  });
}
