import type { Trace } from "../trace/trace.ts";
import type { ClusterEvent } from "./events.ts";

/** Events that nobody else writes into the trace. */
const traced = ["notice", "waiting", "accelerator", "image", "ready"] as const;
type Traced = Extract<ClusterEvent, { type: (typeof traced)[number] }>;

/** Passes events on, and writes some into the trace. */
export function reporter(trace: Trace, onEvent: (event: ClusterEvent) => void): (event: ClusterEvent) => void {
  return (event) => {
    if (isTraced(event)) trace.add(event);
    try {
      onEvent(event);
    } catch (error) {
      // A listener's mistake is the listener's: it must neither vanish nor interrupt what is reported.
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function isTraced(event: ClusterEvent): event is Traced {
  return (traced as readonly string[]).includes(event.type);
}
