import type { Fact } from "@vitest-machines/host";

/** `fail`: no cluster can boot because of it; `warn`: something works less well, or not. */
export type Status = "ok" | "warn" | "fail";

/** What one check found out. */
export interface Finding {
  /** Stable, for scripts: `tool.flock`, `accelerator`. */
  readonly id: string;
  /** Short, for humans. */
  readonly title: string;
  readonly status: Status;
  /** What is the case, in words. */
  readonly detail: string;
  /** What to do about it, when something is to be done. */
  readonly fix?: string | undefined;
  /** The same in figures, for scripts. */
  readonly facts?: Readonly<Record<string, Fact>> | undefined;
}

export interface Report {
  readonly version: string;
  readonly node: string;
  /** False when any finding is a `fail`. */
  readonly canBoot: boolean;
  readonly findings: readonly Finding[];
}
