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
import { SwitchConsole } from "../../src/network/switch-console.ts";
import { startSwitch, type VlanSwitch } from "../../src/network/vlan-switch.ts";
import { plugged, plugIn, plugsOf, unplugged } from "../../src/qemu/plugs.ts";

const limit = () => Deadline.after(10_000);
const forEver = new Promise<never>(() => undefined);

it("a machine is plugged in with each card that is on a switch", () => {
  const card = { mac: "", addresses: [] };
  const interfaces = [
    { ...card, name: "eth1", vlan: 1 },
    { ...card, name: "eth2", vlan: 2 },
    { ...card, name: "again", vlan: 1 },
    { ...card, name: "probe", vlan: 2, mirror: true as const },
  ];
  const switches = new Map([1, 2].map((vlan) => [vlan, `/r/v${vlan}`]));
  expect(plugsOf({ number: 3, interfaces }, switches)).toEqual([
    { folder: "/r/v1", port: 3 },
    { folder: "/r/v2", port: 3 },
    { folder: "/r/v1", port: 259 },
  ]);
});

describe.skipIf(findTool("vde_plug") === undefined)("plugs of a switch", () => {
  let lease: Lease;
  let lan: VlanSwitch;
  let console: SwitchConsole;
  beforeEach(async () => {
    lease = await new LocalProcessHost().lease({ name: "switch", memoryMiB: 1, vcpus: 0 });
    lan = await startSwitch(lease, { vlan: 1, cluster: "lab", nodes: [], deadline: limit() });
    console = new SwitchConsole(lan.managementSocket);
  });
  afterEach(async () => {
    await console.close();
    await lease.release();
  });

  const at = (port: number) => [{ folder: lan.folder, port }];
  /** It sends one frame, and ends with its input, which a process of its own keeps open. */
  const program = (port: number) => {
    const head = `\\000\\074\\377\\377\\377\\377\\377\\377\\002\\000\\000\\000\\000\\00${port}\\010\\000`;
    const input = `(printf '${head}'; head -c 46 /dev/zero; sleep 60)`;
    return `${input} | exec ${requireTool("vde_plug", "a test")} 'vde://${lan.folder}[${port}]' > /dev/null`;
  };
  /** It has read, then, where it is plugged in: a switch does not take the end of one that has not for its end. */
  const hasSent = (port: number) =>
    expect
      .poll(() => console.command(["hash/print"], limit()), { timeout: 10_000 })
      .toEqual([expect.stringContaining(`:0${port} `)]);
  /** @param onStart called when its turn has come */
  const plug = (port: number, onStart?: () => void): Promise<HostedProcess> =>
    plugIn(at(port), async () => {
      onStart?.();
      const logFile = `${lan.folder}.plug${port}.log`;
      const started = await lease.spawn({ name: `plug ${port}`, argv: ["sh", "-c", program(port)], logFile });
      expect(await plugged(at(port), limit(), forEver)).toBe(true);
      await hasSent(port);
      return started;
    });
  const sockets = () => readdirSync(lan.folder).flatMap((name) => (name.startsWith("0") ? [name.slice(0, 3)] : []));

  it("come one after the other, and of a switch that is slow when it has just been started none's end is missed", async () => {
    await lan.process.kill("SIGSTOP");
    const started: number[] = [];
    const coming = [1, 2, 3].map((port) => plug(port, () => started.push(port)));
    await Deadline.never().sleep(300);
    expect([started, sockets()]).toEqual([[1], []]);
    await lan.process.kill("SIGCONT");
    const plugs = await Promise.all(coming);
    expect([started, sockets().sort()]).toEqual([
      [1, 2, 3],
      ["001", "002", "003"],
    ]);
    for (const port of [3, 1, 2]) {
      await plugs[port - 1]!.kill("SIGKILL");
      expect(await unplugged(at(port), limit())).toBe(true);
    }
    expect(sockets()).toEqual([]);
  });

  it("come in spite of one that does not", async () => {
    const gone = Promise.reject(new Error("it has ended"));
    gone.catch(() => undefined);
    const never = plugIn(at(1), () => plugged(at(1), Deadline.never(), gone));
    const next = plug(2);
    await expect(never).rejects.toThrow("it has ended");
    await next;
    expect(await plugged(at(1), Deadline.after(50), forEver)).toBe(false);
  });

  it("are there until their switch has noticed that they are not", async () => {
    const one = await plug(1);
    await lan.process.kill("SIGSTOP");
    await one.kill("SIGKILL");
    const noticed = unplugged(at(1), limit());
    expect(await unplugged(at(1), Deadline.after(100))).toBe(false);
    expect(sockets()).toEqual(["001"]);
    await lan.process.kill("SIGCONT");
    expect(await noticed).toBe(true);
    expect(sockets()).toEqual([]);
  });

  it("are none where nothing is plugged in, nor where the switch's folder is gone", async () => {
    expect(await unplugged(at(1), Deadline.never())).toBe(true);
    await lease.release();
    expect(existsSync(lan.folder)).toBe(false);
    expect(await unplugged(at(1), Deadline.never())).toBe(true);
  });
});
