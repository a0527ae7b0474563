const firstDelayMs = 20;
const longestDelayMs = 1_000;
const growth = 1.5;

/** How long to wait before the next attempt: soon at first, because most things are nearly there, then once a second. */
export function delayAfter(attempts: number): number {
  return Math.min(longestDelayMs, Math.round(firstDelayMs * growth ** (attempts - 1)));
}
