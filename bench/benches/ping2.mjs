// Two machines on one switch, cold: cluster asked for → first ping answered. Baseline: the same on raw QEMU.
import { Cluster } from "@vitest-machines/driver";
import { tiny } from "@vitest-machines/images";
import { rawPair } from "../raw-pair.mjs";
import { figure, paired } from "../report.mjs";

async function driven() {
  const start = performance.now();
  const cluster = await Cluster.start({ nodes: { one: {}, two: {} } }, { layers: false });
  await cluster.machines.one.succeed("ping -c1 two");
  const time = performance.now() - start;
  await cluster.stop();
  return time;
}

async function raw() {
  const start = performance.now();
  const pair = await rawPair();
  await pair.run(0, "ping -c1 192.168.1.2");
  const time = performance.now() - start;
  await pair.stop();
  return time;
}

export default async function ping2(rounds = 5) {
  await tiny().prepare();
  const { value, baseline } = await paired(rounds, driven, raw);
  return [figure({ bench: "ping2", value, unit: "ms", baseline })];
}
