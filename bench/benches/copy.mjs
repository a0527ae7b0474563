// 100 MiB into a guest and out of it, against the same bytes between a file and a raw virtio disk of the same guest: `dd`
// in blocks of 1 MiB past the page cache, which is the fastest that it gets. MiB/s; a ratio above 1 is faster than the disk.
import { Cluster } from "@vitest-machines/driver";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure, paired, timed } from "../report.mjs";

const mebibytes = 100;
const inGuest = "/tmp/copied";
const disk = "$(dirname $(grep -lx bench /sys/block/*/serial) | sed 's,.*/,/dev/,')";

export default async function copy(rounds = 7) {
  const folder = mkdtempSync(join(tmpdir(), "vmb-"));
  const [source, target, raw] = ["source", "target", "raw"].map((name) => join(folder, name));
  const bytes = randomBytes(mebibytes * 1024 * 1024);
  writeFileSync(source, bytes);
  writeFileSync(raw, bytes);
  const node = { driver: "raw", "node-name": "bench", file: { driver: "file", filename: raw } };
  const blockdev = JSON.stringify({ ...node, cache: { direct: false, "no-flush": true } });
  const qemuArgs = ["-blockdev", blockdev, "-device", "virtio-blk-pci,drive=bench,serial=bench"];
  const cluster = await Cluster.start({ nodes: { one: { vlans: [], memory: "512M", qemuArgs } }, layers: false });
  try {
    const { one } = cluster.machines;
    const rate = (milliseconds) => (mebibytes * 1000) / milliseconds;
    const clean = () => one.succeed(`rm -f ${inGuest}; rm -f ${target}; echo 3 > /proc/sys/vm/drop_caches`);
    const dd = async (parameters) => rate((await one.execute(`dd ${parameters} bs=1M count=${mebibytes}`)).durationMs);
    const ways = {
      "copy-to-guest": {
        ours: async () => (await clean(), rate(await timed(() => one.copyFromHost(source, inGuest)))),
        disk: async () => (await clean(), dd(`if=${disk} of=${inGuest} iflag=direct`)),
      },
      "copy-to-host": {
        ours: async () => rate(await timed(() => one.copyToHost(inGuest, target))),
        disk: () => dd(`if=${inGuest} of=${disk} oflag=direct`),
      },
    };
    const figures = [];
    for (const [metric, { ours, disk }] of Object.entries(ways)) {
      // Emulation translates a path on its first use.
      await ours();
      await disk();
      const { value, baseline } = await paired(rounds, ours, disk);
      figures.push(figure({ bench: "copy", metric, value, unit: "MiB/s", baseline }));
    }
    return figures;
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
