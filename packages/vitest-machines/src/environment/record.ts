import type { Machine } from "@vitest-machines/driver";

/** What the environment tells the file that it is set up for. */
export interface EnvironmentRecord {
  /** `environmentOptions.machines`, as the user wrote it. */
  readonly options: unknown;
  /** The file's machines, once its cluster is declared. */
  handles?: Readonly<Record<string, Machine>> | undefined;
}

/** Vitest loads the environment, the setup file and the tests by different loaders, which share only the global object. */
const key = Symbol.for("vitest-machines.environment");
const store = globalThis as { [key]?: EnvironmentRecord | undefined };

export function setEnvironmentRecord(record: EnvironmentRecord | undefined): void {
  store[key] = record;
}

export function environmentRecord(): EnvironmentRecord | undefined {
  return store[key];
}
