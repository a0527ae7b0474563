import {
  checkSchedule,
  planCluster,
  type ClusterDeclaration,
  type ClusterPlan,
  type Nodes,
  type ScheduleOptions,
} from "@vitest-machines/driver";
import { MachinesError } from "@vitest-machines/host";

/** When the machines of a suite are taken back to the moment when they were ready. */
export const resets = ["suite", "test", "never"] as const;
export type Reset = (typeof resets)[number];

/** A cluster as a suite declares it. */
export interface SuiteDeclaration<N extends Nodes = Nodes> extends ClusterDeclaration<N> {
  /**
   * `"suite"`: every suite, and every rerun of it, starts with machines as they were when they were ready; its tests share
   * them. `"test"`: so does every test, also when it is retried. `"never"`: in watch mode a rerun goes on with the machines as
   * the last run has left them. Default `"suite"`.
   */
  reset?: Reset | undefined;
  /** Random faults of the network that every test lives with, from its beginning to its end. Default: none. */
  faults?: ScheduleOptions | undefined;
}

/** The part of a declaration that is the driver's, beside the suite's own. */
export interface SplitDeclaration<N extends Nodes = Nodes> {
  readonly cluster: ClusterDeclaration<N>;
  readonly reset: Reset;
  readonly faults: ScheduleOptions | undefined;
}

/** The same, and what the cluster is to be. */
export interface PlannedSuite<N extends Nodes = Nodes> extends SplitDeclaration<N> {
  readonly plan: ClusterPlan;
}

/** A declaration in parts, and what the cluster is to be. @throws DECLARATION_INVALID for whatever of it cannot work */
export function planSuite<N extends Nodes>(declaration: SuiteDeclaration<N>): PlannedSuite<N> {
  const split = splitDeclaration(declaration);
  const plan = planCluster(split.cluster);
  if (split.faults !== undefined) checkSchedule(split.faults, "faults", plan);
  return { ...split, plan };
}

/** The part of a declaration that is the driver's, and the part that is the suite's. @throws DECLARATION_INVALID */
export function splitDeclaration<N extends Nodes>(declaration: SuiteDeclaration<N>): SplitDeclaration<N> {
  const { reset: value, faults, ...cluster } = declaration;
  const reset = resets.find((known) => known === (value ?? "suite"));
  if (reset === undefined) {
    throw new MachinesError("DECLARATION_INVALID", `reset: ${JSON.stringify(value)} is not a kind of reset.`, {
      facts: { path: "reset" },
      hint: `Valid: ${resets.map((known) => JSON.stringify(known)).join(", ")}.`,
    });
  }
  if (reset === "test" && cluster.boot === "manual") {
    throw new MachinesError("DECLARATION_INVALID", 'reset: "test" cannot be with boot: "manual".', {
      facts: { path: "reset" },
      hint: "Machines that are started by hand have no moment when all were ready, which they could be taken back to.",
    });
  }
  return { cluster, reset, faults };
}
