import type { BootEvent } from "../door/protocol.ts";

let lastBoot = 0;

/** Tells Vitest's main process how a boot goes. */
export async function reportBoot<T>(
  cluster: string,
  nodes: readonly string[],
  report: (event: BootEvent) => void,
  run: (onEvent: (event: never) => void) => Promise<T>,
): Promise<T> {
  const boot = `${process.pid}-${++lastBoot}`;
  report({ kind: "booting", boot, cluster, nodes });
  try {
    const result = await run(() => undefined);
    report({ kind: "up", boot });
    return result;
  } catch (error) {
    report({ kind: "failed", boot });
    throw error;
  }
}
