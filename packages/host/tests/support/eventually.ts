import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something holds; 5 s is the time after which nothing may be left of a killed process. */
export async function eventually(holds: () => boolean, what: string, milliseconds = 5_000): Promise<void> {
  for (const end = performance.now() + milliseconds; !holds(); await sleep(10)) {
    if (performance.now() > end) throw new Error(`after ${milliseconds} ms still not: ${what}`);
  }
}
