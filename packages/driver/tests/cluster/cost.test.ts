import { expect, it } from "vitest";
import { costOf } from "../../src/cluster/cost.ts";
import { qemuOverheadMiB } from "../../src/qemu/overhead.ts";
import { planCluster } from "../../src/topology/plan-cluster.ts";
import { anImage } from "../topology/an-image.ts";

it("counts every machine's memory with QEMU's own, and its CPUs", () => {
  const plan = planCluster({ defaults: { image: anImage(), memory: 100 }, nodes: { a: { cpus: 3 }, b: {} } });
  expect(costOf(plan)).toEqual({ memoryMiB: 200 + 2 * qemuOverheadMiB, vcpus: 4 });
});
