import { Deadline, findTool, LocalProcessHost, type Lease } from "@vitest-machines/host";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandSwitch } from "../../src/network/switch-console.ts";
import { startSwitch, switchCommandLine } from "../../src/network/vlan-switch.ts";

it("is a switch and no hub, private, and reads no user's configuration", () => {
  const files = { folder: "/r/v1", management: "/r/v1.mgmt", log: "/r/v1.log" };
  const argv = switchCommandLine("/usr/bin/vde_switch", files);
  expect(argv).not.toContain("--hub");
  expect(argv.join(" ")).toContain("--sock /r/v1 --dirmode 0700 --mode 0600");
  expect(argv.join(" ")).toContain("--rcfile /dev/null");
  expect(argv.join(" ")).toContain("--numports 2048");
});

describe.skipIf(findTool("vde_switch") === undefined)("a running switch", () => {
  let lease: Lease;
  const request = (vlan: number) => ({ vlan, cluster: "lab", nodes: [], deadline: Deadline.after(10_000) });
  beforeAll(async () => void (lease = await new LocalProcessHost().lease({ name: "switch", memoryMiB: 1, vcpus: 0 })));
  afterAll(() => lease.release());

  it("can be plugged into as soon as it is there, by nobody else", async () => {
    const { folder, managementSocket } = await startSwitch(lease, request(1));
    expect((await stat(join(folder, "ctl"))).isSocket()).toBe(true);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const [answer] = await commandSwitch(managementSocket, ["port/showinfo"], Deadline.after(10_000));
    expect(answer).toContain("Numports=2048");
    expect(answer).toContain("HUB=false");
  });

  it("does what it is told, in order, up to what it refuses", async () => {
    const { managementSocket } = await startSwitch(lease, request(3));
    const tell = (...commands: string[]) => commandSwitch(managementSocket, commands, Deadline.after(10_000));
    await tell("vlan/create 10", "port/create 3", "port/create 4", "port/setvlan 3 10", "vlan/addport 10 4");
    const [vlans, ports] = await tell("vlan/allprint 10", "port/allprint 3");
    expect(vlans).toMatch(/Port 0003 tagged=0 active=0[^]*Port 0004 tagged=1 active=0/);
    expect(ports).toContain("untagged_vlan=0010");
    await expect(tell("vlan/create 11", "vlan/create 10", "vlan/create 12")).rejects.toThrow(
      'SWITCH_FAILED: the switch refused "vlan/create 10": File exists',
    );
    expect((await tell("vlan/allprint"))[0]).toMatch(/VLAN 0000[^]*VLAN 0010[^]*VLAN 0011\s*$/);
  });

  it("has the ports of machines in their VLANs before they plug in", async () => {
    const card = { name: "eth1", vlan: 6, mac: "", addresses: [] };
    const nodes = [
      { number: 1, interfaces: [{ ...card, tagged: [10, 20] }] },
      { number: 2, interfaces: [{ ...card, untagged: 10 }] },
      { number: 3, interfaces: [card] },
    ];
    const { managementSocket } = await startSwitch(lease, { ...request(6), nodes });
    const [vlans] = await commandSwitch(managementSocket, ["vlan/allprint"], Deadline.after(10_000));
    const [, own, ten, twenty] = vlans?.split("VLAN ") ?? [];
    expect(own).toMatch(/^0000\s+-- Port 0001 tagged=0 \S+ status=\S+\s*$/);
    expect(ten).toMatch(/^0010\s+-- Port 0001 tagged=1 \S+ status=\S+\s+-- Port 0002 tagged=0 \S+ status=\S+\s*$/);
    expect(twenty).toMatch(/^0020\s+-- Port 0001 tagged=1 \S+ status=\S+\s*$/);
  });

  it("is missed by who talks to it", async () => {
    const { managementSocket, process, ended } = await startSwitch(lease, request(5));
    await process.kill("SIGSTOP");
    await expect(commandSwitch(managementSocket, ["showinfo"], Deadline.after(200))).rejects.toThrow(
      /^SWITCH_FAILED: .* it did not answer to "showinfo"$/,
    );
    const unanswered = expect(commandSwitch(managementSocket, ["showinfo"], Deadline.after(10_000))).rejects.toThrow(
      /^SWITCH_FAILED: the switch at .* cannot be told anything: /,
    );
    await process.kill("SIGKILL");
    await ended;
    await unanswered;
    await expect(commandSwitch(managementSocket, ["showinfo"], Deadline.after(10_000))).rejects.toThrow(
      /^SWITCH_FAILED: .* ECONNREFUSED/,
    );
  });

  it("is missed when it ends", async () => {
    const { process, ended } = await startSwitch(lease, request(2));
    await process.kill("SIGKILL");
    expect(await ended).toMatchObject({
      code: "SWITCH_FAILED",
      summary: "The switch of VLAN 2 was killed by SIGKILL; its machines have no network now.",
      facts: { vlan: 2, exitCode: null, signal: "SIGKILL" },
    });
  });

  it("that cannot start is an error, too", async () => {
    const elsewhere: Lease = {
      folder: "/proc/nowhere",
      spawn: (one) => lease.spawn({ ...one, logFile: join(lease.folder, "v4.log") }),
      release: () => lease.release(),
    };
    await expect(startSwitch(elsewhere, request(4))).rejects.toThrow(
      /^SWITCH_FAILED: The switch of VLAN 4 ended with exit code \d+/,
    );
  });
});
