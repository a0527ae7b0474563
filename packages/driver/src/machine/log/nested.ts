import type { MachineContext } from "../context.ts";
import { log } from "./log.ts";

/** Runs `work` as a titled block of the log. */
export async function nested<T>(context: MachineContext, title: string, work: () => T | Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(2);
  log(context, title);
  context.depth++;
  try {
    const result = await work();
    context.depth--;
    log(context, `(finished: ${title}, in ${seconds()} s)`);
    return result;
  } catch (error) {
    context.depth--;
    log(context, `(failed: ${title}, after ${seconds()} s: ${(error as Error).message.split("\n", 1)[0] ?? ""})`);
    throw error;
  }
}
