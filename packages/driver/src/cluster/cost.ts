import { qemuOverheadMiB } from "../qemu/overhead.ts";
import type { ClusterPlan } from "../topology/plan.ts";

/** What a cluster costs its host. Pure. */
export function costOf({ nodes }: Pick<ClusterPlan, "nodes">): { memoryMiB: number; vcpus: number } {
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    memoryMiB: sum(nodes.map(({ memoryMiB }) => memoryMiB + qemuOverheadMiB)),
    vcpus: sum(nodes.map(({ cpus }) => cpus)),
  };
}
