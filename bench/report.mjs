/** Shared by all benches: medians, and one JSON object a line per figure. */

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/**
 * Runs `subject` and `baseline` in turn, A B A B …, so that a machine whose speed drifts slows both alike.
 * @returns the medians of what they return (a number each)
 */
export async function paired(rounds, subject, baseline) {
  const values = [];
  const baselines = [];
  for (let round = 0; round < rounds; round++) {
    values.push(await subject(round));
    baselines.push(await baseline(round));
  }
  return { value: median(values), baseline: median(baselines), values, baselines };
}

const round = (x) => Number(x.toPrecision(4));

/** @param {{ bench: string, metric?: string, value: number, unit: string, baseline: number }} figure */
export function figure({ bench, metric = bench, value, unit, baseline }) {
  return { bench, metric, value: round(value), unit, baseline: round(baseline), ratio: round(value / baseline) };
}

export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
