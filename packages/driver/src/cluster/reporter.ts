import type { Trace } from "../trace/trace.ts";
import type { ClusterEvent } from "./events.ts";

/** Passes events on, and writes those into the trace that nobody else writes there. */
export function reporter(trace: Trace, onEvent: (event: ClusterEvent) => void): (event: ClusterEvent) => void {
  return (event) => {
    if (event.type === "notice" || event.type === "waiting" || event.type === "accelerator" || event.type === "image") {
      trace.add(event);
    }
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
