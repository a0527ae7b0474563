// Two tiny guests on raw QEMU and a bare vde_switch: what a network costs with nothing of the driver in between.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rawGuest, runRaw } from "./raw-guest.mjs";

/**
 * Settles when both have their addresses, 192.168.1.1 and 192.168.1.2.
 * @returns {Promise<{ run(guest: 0 | 1, script: string): Promise<string>, stop(): Promise<void> }>}
 */
export async function rawPair() {
  const folder = mkdtempSync(join(tmpdir(), "vmb-"));
  const ctl = join(folder, "switch");
  const vde = spawn("vde_switch", ["-s", ctl], { stdio: ["pipe", "ignore", "inherit"] });
  const exited = new Promise((resolve) => vde.once("exit", resolve));
  const guests = [];
  const stop = async () => {
    await Promise.all(guests.map((guest) => guest.stop()));
    vde.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    while (!existsSync(join(ctl, "ctl"))) await new Promise((resolve) => setTimeout(resolve, 1));
    const booting = [1, 2].map((n) => rawGuest({ vde: { folder: ctl, mac: `52:54:00:12:01:0${n}` } }));
    for (const guest of await Promise.all(booting)) guests.push(guest);
    const run = (guest, script) => runRaw(guests[guest].session, ["sh", "-c", script]);
    const address = (guest) => `ip addr add 192.168.1.${guest + 1}/24 dev eth0; ip link set eth0 up`;
    await Promise.all([0, 1].map((guest) => run(guest, address(guest))));
    return { run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
