import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TraceEntry } from "./entry.ts";

/** Where everything that happens to a cluster is written down. Never throws into the test that it describes. */
export interface Trace {
  add(entry: TraceEntry): void;
  /** Appends to a machine's console log. */
  console(machine: string, text: string): void;
  /** What a machine printed before it was recorded here; nothing when its log has begun already. */
  consolePast(machine: string, text: string): void;
  close(): void;
}

/** For clusters that nobody wants a trace of. */
export const noTrace: Trace = {
  add: () => undefined,
  console: () => undefined,
  consolePast: () => undefined,
  close: () => undefined,
};

/**
 * Opens `trace.jsonl` in a folder, and `<machine>.console.log` for each machine that prints something. Every entry has
 * `at`, milliseconds since the trace began on the monotonic clock; the first has the wall clock's time.
 *
 * Lines are written at once (about 5 µs each): a worker may be killed at any time, and then the trace is all that is left.
 * @param onFailure called once if the trace cannot be written; nothing is written from then on
 */
export function openTrace(folder: string, onFailure: (error: Error) => void): Trace {
  const startedAt = performance.now();
  const files = new Map<string, number>();
  let isOver = false;

  const append = (name: string, text: string): void => {
    if (isOver) return;
    try {
      let file = files.get(name);
      if (file === undefined) {
        file = openSync(join(folder, name), "a", 0o600);
        files.set(name, file);
      }
      writeSync(file, text);
    } catch (error) {
      close();
      onFailure(error as Error);
    }
  };
  const close = (): void => {
    isOver = true;
    for (const file of files.values()) closeSync(file);
    files.clear();
  };
  const line = (entry: object): void => {
    const at = Math.round((performance.now() - startedAt) * 10) / 10;
    append("trace.jsonl", `${JSON.stringify({ at, ...entry })}\n`);
  };

  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    onFailure(error as Error);
    return noTrace;
  }
  line({ type: "start", wallClock: new Date().toISOString() });
  const consoleOf = (machine: string): string => `${machine}.console.log`;
  return {
    add: line,
    console: (machine, text) => append(consoleOf(machine), text),
    consolePast: (machine, text) => {
      if (text !== "" && !files.has(consoleOf(machine))) append(consoleOf(machine), text);
    },
    close,
  };
}
