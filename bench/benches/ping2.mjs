// Two machines on one switch, cold: cluster asked for → first ping answered. Baseline: the same on raw QEMU.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cluster } from "@vitest-machines/driver";
import { tiny } from "@vitest-machines/images";
import { rawGuest, runRaw } from "../raw-guest.mjs";
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
  const folder = mkdtempSync(join(tmpdir(), "vmb-"));
  const start = performance.now();
  const ctl = join(folder, "switch");
  const vde = spawn("vde_switch", ["-s", ctl], { stdio: ["pipe", "ignore", "inherit"] });
  while (!existsSync(join(ctl, "ctl"))) await new Promise((resolve) => setTimeout(resolve, 1));
  const guests = await Promise.all([1, 2].map((n) => rawGuest({ vde: { folder: ctl, mac: `52:54:00:12:01:0${n}` } })));
  const run = (guest, script) => runRaw(guest.session, ["sh", "-c", script]);
  await Promise.all(
    guests.map((guest, at) => run(guest, `ip addr add 192.168.1.${at + 1}/24 dev eth0; ip link set eth0 up`)),
  );
  await run(guests[0], "ping -c1 192.168.1.2");
  const time = performance.now() - start;
  await Promise.all(guests.map((guest) => guest.stop()));
  vde.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
  return time;
}

export default async function ping2(rounds = 5) {
  await tiny().prepare();
  const { value, baseline } = await paired(rounds, driven, raw);
  return [figure({ bench: "ping2", value, unit: "ms", baseline })];
}
