import { expect, it } from "vitest";
import { costOf } from "../../src/cluster/cost.ts";
import { gateOverheadMiB, qemuOverheadMiB } from "../../src/qemu/overhead.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "../topology/an-image.ts";

it("counts every machine's memory with QEMU's own, and its CPUs", () => {
  const plan = planCluster({ defaults: { image: anImage(), memory: 100 }, nodes: { a: { cpus: 3 }, b: {} } });
  expect(costOf(plan)).toEqual({ memoryMiB: 200 + 2 * qemuOverheadMiB, vcpus: 4 });
});

it("counts the gates of those that have one", () => {
  const nodes = { a: { internet: true }, b: { hostServices: { registry: 1 } }, c: { userNetwork: true } };
  const { memoryMiB } = costOf(planCluster({ defaults: { image: anImage(), memory: 100 }, nodes }));
  expect(memoryMiB).toBe(3 * (100 + qemuOverheadMiB) + 2 * gateOverheadMiB);
});
