import type { ProcessHost } from "@vitest-machines/host";
import type { ClusterEvent } from "./events.ts";

export interface ClusterOptions {
  /** Where QEMU and switches live. Default: as children of this process. */
  processHost?: ProcessHost | undefined;
  /** Called for everything that a user may want to see. What it throws is an uncaught exception of the process. */
  onEvent?: ((event: ClusterEvent) => void) | undefined;
  /** Gets `trace.jsonl` and a console log per machine. Default: no trace. */
  traceFolder?: string | undefined;
  /** Gives up starting; later it does nothing. */
  signal?: AbortSignal | undefined;
  /** What machines' waits may take unless told otherwise, in milliseconds. Default 900 000 (15 min). */
  waitTimeout?: number | undefined;
}
