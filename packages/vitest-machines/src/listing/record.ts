import { describeTopology, type ClusterPlan, type Topology } from "@vitest-machines/driver";

/** What is declared while a file is listed instead of run. */
export interface ListingRecord {
  /** Clusters of suites. */
  readonly used: Topology[];
  /** Declarations for whoever wants such a cluster. */
  readonly defined: Topology[];
}

/** The setup file that listens and what it listens to come from different loaders, which share only the global object. */
const key = Symbol.for("vitest-machines.listing");
const store = globalThis as { [key]?: ListingRecord | undefined };

/** Name of the record in a file's `meta`, by which it comes to Vitest's main process. */
export const metaKey = "vitestMachinesListing";

export function listen(): ListingRecord {
  const record: ListingRecord = { used: [], defined: [] };
  store[key] = record;
  return record;
}

/** Tells who lists the file, if somebody does. */
export function note(how: keyof ListingRecord, plan: ClusterPlan): void {
  store[key]?.[how].push(describeTopology(plan));
}
