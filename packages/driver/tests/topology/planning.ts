import type { ClusterDeclaration, NodeDeclaration } from "../../src/topology/declaration.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import type { ClusterPlan } from "../../src/topology/plan.ts";
import { anImage } from "./an-image.ts";

export const image = anImage();

/** A plan of machines that have an image which nobody builds. */
export function plan(nodes: Record<string, NodeDeclaration>, more: Partial<ClusterDeclaration> = {}): ClusterPlan {
  return planCluster({ defaults: { image }, nodes, ...more });
}

/** What is said when something is refused. */
export function message(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}
