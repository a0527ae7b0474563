/** So many standard deviations away is chance once in 100,000 times. */
const deviations = 4.4;

/** The counts within which chance leaves what happens with this probability in so many trials; a half more on both sides, as they are whole. */
export function binomialBounds(trials: number, probability: number): readonly [number, number] {
  const deviation = deviations * Math.sqrt(trials * probability * (1 - probability)) + 0.5;
  return [trials * probability - deviation, trials * probability + deviation];
}
