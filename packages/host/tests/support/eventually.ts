import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something holds; 5 s is the time after which nothing may be left of a killed process. */
export async function eventually(holds: () => boolean, what: string, milliseconds = 5_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`after ${milliseconds} ms still not: ${what}`);
    await sleep(10);
  }
}
