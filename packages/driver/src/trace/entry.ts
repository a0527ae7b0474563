/** What a trace records; one line of `trace.jsonl` each. */
export type TraceEntry =
  | { type: "cluster-phase"; phase: string }
  | { type: "ready"; elapsedMs: number; origin: OriginEntry }
  | { type: "machine-phase"; machine: string; phase: string }
  | { type: "console"; machine: string; line: string }
  | { type: "qmp"; machine: string; event: string; data: unknown }
  | CommandEntry
  | {
      type: "wait";
      machine: string;
      what: string;
      ok: boolean;
      attempts?: number | undefined;
      last: string;
      durationMs: number;
    }
  | { type: "copy"; machine: string; direction: "in" | "out"; source: string; target: string; bytes: number }
  | { type: "log"; machine?: string | undefined; text: string; depth: number }
  /** A file that was left with what passed on a network. */
  | { type: "packets"; file: string }
  | { type: "notice"; text: string }
  | { type: "waiting"; reason: string }
  | { type: "accelerator"; accelerator: string; reason: string; cached: boolean }
  | { type: "image"; image: string; phase: string; fraction?: number | undefined }
  | { type: "error"; machine?: string | undefined; code: string; message: string };

/** How the machines came to be. Durations in milliseconds; what a fork has saved is `madeInMs` less the entry's `elapsedMs`. */
export interface OriginEntry {
  how: "booted" | "forked" | "kept";
  /** A booted cluster has left a layer. */
  frozen?: boolean;
  /** Of the layer that a fork is of. */
  layerKey?: string;
  ageMs?: number;
  madeInMs?: number;
  /** The fork had been made ahead of time. */
  spare?: boolean;
}

export interface CommandEntry {
  type: "command";
  machine: string;
  command: string;
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
  /** Tails only. */
  stdout: string;
  stderr: string;
  /** Why it was ended from outside, when it was. */
  ended?: string | undefined;
}
