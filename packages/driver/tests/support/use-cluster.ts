import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { Cluster, type ClusterDeclaration, type ClusterEvent, type Machine } from "../../src/index.ts";

export interface Used {
  readonly cluster: Cluster;
  readonly events: readonly ClusterEvent[];
  /** Where the trace is, and room for the test's own files in `files`. */
  readonly folder: string;
  machine(name: string): Machine;
}

/** One cluster for all tests of a file. */
export function useCluster(declaration: ClusterDeclaration): Used {
  let cluster: Cluster | undefined;
  let folder = "";
  const events: ClusterEvent[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "driver "));
    cluster = await Cluster.start(declaration, {
      onEvent: (event) => events.push(event),
      traceFolder: join(folder, "trace"),
    });
  });
  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true });
  });
  const booted = (): Cluster => {
    if (!cluster) throw new Error("the cluster is not up");
    return cluster;
  };
  return {
    get cluster() {
      return booted();
    },
    get folder() {
      return folder;
    },
    events,
    machine(name) {
      const machine = booted().machines[name];
      if (!machine) throw new Error(`there is no machine ${name}`);
      return machine;
    },
  };
}

/** The message of the error that a promise rejects with. */
export async function messageOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
