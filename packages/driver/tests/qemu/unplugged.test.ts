import {
  Deadline,
  findTool,
  LocalProcessHost,
  requireTool,
  type HostedProcess,
  type Lease,
} from "@vitest-machines/host";
import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startSwitch, type VlanSwitch } from "../../src/network/vlan-switch.ts";
import { unplugged } from "../../src/qemu/unplugged.ts";

const nodes = [1, 2, 3].map((number) => ({ number, interfaces: [{ name: "eth1", vlan: 1, mac: "", addresses: [] }] }));
const limit = () => Deadline.after(10_000);

describe.skipIf(findTool("vde_plug") === undefined)("plugs of a switch", () => {
  let lease: Lease;
  let lan: VlanSwitch;
  beforeEach(async () => {
    lease = await new LocalProcessHost().lease({ name: "switch", memoryMiB: 1, vcpus: 0 });
    lan = await startSwitch(lease, { vlan: 1, cluster: "lab", nodes: [], deadline: limit() });
  });
  afterEach(() => lease.release());

  const plug = (port: number): Promise<HostedProcess> =>
    // It ends with its input, which nothing but a process of its own keeps open.
    lease.spawn({
      name: `plug ${port}`,
      argv: [
        "sh",
        "-c",
        `sleep 60 | exec ${requireTool("vde_plug", "a test")} 'vde://${lan.folder}[${port}]' > /dev/null`,
      ],
      logFile: `${lan.folder}.plug${port}.log`,
    });
  const isPlugged = (port: number) => readdirSync(lan.folder).some((name) => name.startsWith(`00${port}.`));
  const isGone = (port: number, deadline = limit()) =>
    unplugged(new Map([[1, lan.folder]]), nodes[port - 1]!, deadline);

  it("are told apart by a switch that is slow when it has just been started, and misses the end of none", async () => {
    await lan.process.kill("SIGSTOP");
    const plugs = [await plug(1), await plug(2), await plug(3)];
    await Deadline.never().sleep(300);
    await lan.process.kill("SIGCONT");
    await expect.poll(() => [1, 2, 3].map(isPlugged), { timeout: 10_000 }).toEqual([true, true, true]);
    for (const port of [3, 2, 1]) {
      await plugs[port - 1]!.kill("SIGKILL");
      await isGone(port, Deadline.after(2_000));
      expect([1, 2, 3].map(isPlugged)).toEqual([port > 1, port > 2, false]);
    }
  });

  it("are there until their switch has noticed that they are not, or for as long as one waits", async () => {
    const one = await plug(1);
    await expect.poll(() => isPlugged(1), { timeout: 10_000 }).toBe(true);
    await lan.process.kill("SIGSTOP");
    await one.kill("SIGKILL");
    let isNoticed = false;
    const noticed = isGone(1).then(() => (isNoticed = true));
    await isGone(1, Deadline.after(100));
    expect([isNoticed, isPlugged(1)]).toEqual([false, true]);
    await lan.process.kill("SIGCONT");
    await noticed;
    expect(isPlugged(1)).toBe(false);
  });

  it("are none where nothing is plugged in, nor where the switch's folder is gone", async () => {
    await isGone(1, Deadline.never());
    await lease.release();
    expect(existsSync(lan.folder)).toBe(false);
    await isGone(1, Deadline.never());
  });
});
