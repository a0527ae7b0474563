import type { Origin } from "@vitest-machines/driver";

/** Where workers find Vitest's main process; provided by the plugin, so that it costs a run without machines nothing. */
export interface DoorAddress {
  /** Unix socket of the main process. */
  socket: string;
  /** The project's root: for paths in messages, and where its machines.lock is looked for. */
  root: string;
  /** Whether clusters may be forked from layers. */
  layers: boolean;
  /** Tests will be run again, in watch mode. */
  isWatching: boolean;
}

/** The key of `project.provide` and `inject`. */
export const doorKey = "vitestMachinesDoor";

declare module "vitest" {
  interface ProvidedContext {
    vitestMachinesDoor: DoorAddress;
  }
}

/** What a worker asks of Vitest's main process. */
export interface DoorCalls {
  /** Starts the keeper unless it runs, and names the places for one cluster. */
  enter(cluster: string): Promise<Entry>;
  report(event: BootEvent): void;
}

/** What Vitest's main process tells its workers. */
export interface DoorEvents {
  /** The user has had enough of this run: what boots is not wanted any more. */
  cancelled(): void;
}

export interface Entry {
  /** The keeper's unix socket. */
  keeper: string;
  /** Folder for the cluster's trace, not yet created. */
  traceFolder: string;
}

/** What the user may want to see of a boot while it happens. */
export type BootEvent =
  | { kind: "booting"; boot: string; cluster: string; nodes: readonly string[] }
  | { kind: "waiting"; boot: string; reason: string }
  /** Said once in a run, like a notice: clusters may want the same image. */
  | { kind: "image"; boot: string; text: string }
  | { kind: "phase"; boot: string; node: string; phase: string }
  | { kind: "ready"; boot: string; node: string; ms: number }
  | { kind: "up"; boot: string; origin: Origin | undefined }
  | { kind: "failed"; boot: string }
  /** Said once in a run, however many clusters say it. */
  | { kind: "notice"; text: string };
