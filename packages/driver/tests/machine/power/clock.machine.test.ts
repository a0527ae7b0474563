import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { Cluster, type ClusterEvent, type Machine } from "../../../src/index.ts";

/** Seconds that pass in a guest while one passes here. */
async function rate(machine: Machine): Promise<number> {
  const look = async (): Promise<[number, number]> => {
    const asked = performance.now();
    const [seconds = "0"] = (await machine.succeed("cat /proc/uptime")).split(" ");
    // In the middle of what the question took.
    return [Number(seconds), (asked + performance.now()) / 2000];
  };
  const [before, from] = await look();
  await delay(3000);
  const [after, to] = await look();
  return (after - before) / (to - from);
}

it("a guest that has measured its processor's clock wrongly keeps time", async () => {
  const notices: string[] = [];
  const onEvent = (event: ClusterEvent): void => {
    if (event.type === "notice") notices.push(event.text);
  };
  // As a busy host makes it measure: a tenth or less of what it is anywhere.
  const nodes = { wrong: { kernelParams: ["tsc_early_khz=100000"] }, right: {} };
  await using cluster = await Cluster.start({ nodes }, { layers: false, onEvent });
  // A wrong one would be ten times as fast; what a busy host does to the question is less.
  expect(await rate(cluster.machines.right)).toBeCloseTo(1, 0);
  expect(await rate(cluster.machines.wrong)).toBeCloseTo(1, 0);
  const isEmulated = (await cluster.machines.right.succeed("cat /proc/cpuinfo")).includes("QEMU Virtual CPU");
  expect(notices.filter((text) => text.startsWith("wrong's clock ran fast"))).toHaveLength(isEmulated ? 1 : 0);
});
