// 100 MiB into a guest and out of it, to a new file each time, against the same bytes between a file and a raw virtio disk of the
// same guest: `dd` in blocks of 1 MiB past the page cache, which is the fastest that it gets, and (`-cached`) through it, which
// is what an ordinary program in the guest does. MiB/s; a ratio above 1 is faster than the disk.
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
    const clean = async () => {
      rmSync(target, { force: true });
      await one.succeed(`rm -f ${inGuest}; echo 3 > /proc/sys/vm/drop_caches`);
    };
    const dd = async (parameters) => rate((await one.execute(`dd ${parameters} bs=1M count=${mebibytes}`)).durationMs);
    const into = async () => (await clean(), rate(await timed(() => one.copyFromHost(source, inGuest))));
    const outOf = async () => (
      rmSync(target, { force: true }),
      rate(await timed(() => one.copyToHost(inGuest, target)))
    );
    const fromDisk = (flags) => async () => (await clean(), dd(`if=${disk} of=${inGuest} ${flags}`));
    const toDisk = (flags) => () => dd(`if=${inGuest} of=${disk} ${flags}`);
    const ways = {
      "copy-to-guest": { ours: into, disk: fromDisk("iflag=direct") },
      "copy-to-guest-cached": { ours: into, disk: fromDisk("") },
      "copy-to-host": { ours: outOf, disk: toDisk("oflag=direct") },
      "copy-to-host-cached": { ours: outOf, disk: toDisk("") },
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
