import { gatePolicy } from "../qemu/internet/gate-policy.ts";
import { gateOverheadMiB, qemuOverheadMiB } from "../qemu/overhead.ts";
import type { ClusterPlan, NodePlan } from "../topology/plan.ts";

/** What a cluster costs its host. Pure. */
export function costOf({ nodes }: Pick<ClusterPlan, "nodes">): { memoryMiB: number; vcpus: number } {
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    memoryMiB: sum(nodes.map(({ memoryMiB, userCard }) => memoryMiB + qemuOverheadMiB + gateCost(userCard))),
    vcpus: sum(nodes.map(({ cpus }) => cpus)),
  };
}

function gateCost(card: NodePlan["userCard"]): number {
  return card && gatePolicy(card) ? gateOverheadMiB : 0;
}
