// What one idle machine of eight takes of the host's memory after a command. Main figure: what a fork has for itself
// alone. Baselines: a machine that was booted, and a fork on raw QEMU.
import { execFileSync } from "node:child_process";
import { allAnswer, machines, withLayers } from "../layers.mjs";
import { memoryOf, qemuPids } from "../memory.mjs";
import { rawLayer } from "../raw-fork.mjs";
import { figure, median } from "../report.mjs";

const count = 8;
/** Deferred work of the guest and of QEMU is done by then. */
const settleMs = 2_000;

/** The average of all, in MiB. */
function average(pids) {
  if (pids.length !== count) throw new Error(`${pids.length} machines instead of ${count}`);
  const each = pids.map(memoryOf);
  const mean = (key) => each.reduce((sum, one) => sum + one[key], 0) / each.length;
  return { dirty: mean("dirty"), clean: mean("clean"), share: mean("share") };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, settleMs));

async function idle(cluster) {
  try {
    await allAnswer(cluster);
    await settled();
    return average(qemuPids());
  } finally {
    await cluster.stop();
  }
}

export default function privateMemory(rounds = 3) {
  const nodes = machines(count);
  return withLayers(async ({ root, cold, layer, forked, spare }) => {
    await layer(nodes);
    // Pages of a layer that was just written still wait for the disk, and would count as a machine's own.
    execFileSync("sync", ["-f", root]);
    const raw = await rawLayer();
    execFileSync("sync", ["-f", root]);
    try {
      const found = { forked: [], spare: [], cold: [], raw: [] };
      for (let round = 0; round < rounds; round++) {
        found.forked.push(await idle(await forked(nodes)));
        const { made } = await spare(nodes);
        found.spare.push(average(qemuPids()));
        await made.lease.release();
        const forks = await raw.fork(count);
        await settled();
        found.raw.push(average(forks.pids));
        await forks.stop();
        found.cold.push(await idle(await cold(nodes)));
      }
      const of = (name, key) => median(found[name].map((one) => one[key]));
      const line = (metric, value, baseline) => figure({ bench: "private", metric, value, unit: "MiB", baseline });
      return [
        line("private", of("forked", "dirty"), of("cold", "dirty")),
        line("private-against-raw", of("forked", "dirty"), of("raw", "dirty")),
        line("private-clean", of("forked", "clean"), of("cold", "clean")),
        line("private-share", of("forked", "share"), of("cold", "share")),
        line("private-spare", of("spare", "dirty"), of("cold", "dirty")),
      ];
    } finally {
      raw.remove();
    }
  });
}
