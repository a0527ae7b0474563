// Cold boot of a Debian machine until systemd has started everything: the driver against the same image on raw QEMU.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "@vitest-machines/driver";
import { image, nodes } from "../debian.mjs";
import { greet, runRaw, startRawQemu } from "../raw-guest.mjs";
import { figure, paired } from "../report.mjs";

export default async function debianBoot(rounds = 3) {
  const files = await image.prepare();
  const { value, baseline } = await paired(
    rounds,
    async () => {
      const startedAt = performance.now();
      const cluster = await Cluster.start({ nodes }, { layers: false });
      const time = performance.now() - startedAt;
      await cluster.stop();
      return time;
    },
    () => rawBoot(files),
  );
  return [figure({ bench: "debian-boot", value, unit: "ms", baseline })];
}

async function rawBoot(files) {
  // Where the driver's machines have their overlays, too, as far as there is such a place.
  const folder = mkdtempSync(join(tmpdir(), "vmb-"));
  const startedAt = performance.now();
  const overlay = join(folder, "overlay");
  spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", files.disk.path, overlay]);
  const disk = [
    "-drive",
    `file=${overlay},if=virtio,cache=unsafe`,
    "-object",
    "rng-random,id=rng,filename=/dev/urandom",
  ];
  const options = { memory: "512M", more: [...disk, "-device", "virtio-rng-pci,rng=rng"], translations: "256" };
  const qemu = startRawQemu(files, folder, options);
  try {
    const session = await greet(folder);
    // What the driver does first, and the image's network waits for.
    await runRaw(session, ["hostname", "server"]);
    await runRaw(session, files.settled);
    return performance.now() - startedAt;
  } finally {
    await qemu.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
