import type { ProcessHost } from "@vitest-machines/host";
import type { Spares } from "../layers/pool/spare.ts";
import type { LayerStore } from "../layers/store/store.ts";
import type { ClusterEvent } from "./events.ts";

export interface ClusterOptions {
  /** Where QEMU and switches live. Default: as children of this process. */
  processHost?: ProcessHost | undefined;
  /** Called for everything that a user may want to see. What it throws is an uncaught exception of the process. */
  onEvent?: ((event: ClusterEvent) => void) | undefined;
  /** Gets `trace.jsonl` and a console log per machine. Default: no trace. */
  traceFolder?: string | undefined;
  /** Where frozen clusters are kept; false boots every cluster for real. Default: the user's cache folder. */
  layers?: LayerStore | false | undefined;
  /** Forks that are made ahead of time. Default: none are. */
  spares?: Spares | undefined;
  /** Where the `machines.lock` of its images is looked for, upwards. Default: the current folder. */
  projectFolder?: string | undefined;
  /** Who starts it, for `layers why`: a test file and the suite in it, for example. Default: nobody asks. */
  suite?: string | undefined;
  /**
   * Goes on with the machines that an earlier cluster of the same layer has left under this name by `keep()`, as they are.
   * Default: it starts from its layer.
   */
  keptAs?: string | undefined;
  /** Gives up starting; later it does nothing. */
  signal?: AbortSignal | undefined;
  /** What machines' waits may take unless told otherwise, in milliseconds. Default 900 000 (15 min). */
  waitTimeout?: number | undefined;
}
