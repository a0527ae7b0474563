import { Deadline, findTool, LocalProcessHost, type Lease } from "@vitest-machines/host";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSwitch, switchCommandLine } from "../../src/network/vlan-switch.ts";

it("is a switch and no hub, private, and reads no user's configuration", () => {
  const files = { folder: "/r/v1", management: "/r/v1.mgmt", log: "/r/v1.log" };
  const argv = switchCommandLine("/usr/bin/vde_switch", files, 3);
  expect(argv).not.toContain("--hub");
  expect(argv.join(" ")).toContain("--sock /r/v1 --dirmode 0700 --mode 0600");
  expect(argv.join(" ")).toContain("--rcfile /dev/null");
  expect(argv.join(" ")).toContain("--numports 19");
});

describe.skipIf(findTool("vde_switch") === undefined)("a running switch", () => {
  let lease: Lease;
  const request = (vlan: number) => ({ vlan, cluster: "lab", machines: 2, deadline: Deadline.after(10_000) });
  beforeAll(async () => void (lease = await new LocalProcessHost().lease({ name: "switch", memoryMiB: 1, vcpus: 0 })));
  afterAll(() => lease.release());

  it("can be plugged into as soon as it is there, by nobody else", async () => {
    const { folder, managementSocket } = await startSwitch(lease, request(1));
    expect((await stat(join(folder, "ctl"))).isSocket()).toBe(true);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const console = connect(managementSocket, () => console.write("port/showinfo\n"));
      console.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        if (!text.includes("1000 Success")) return;
        console.destroy();
        resolve(text);
      });
    });
    expect(answer).toContain("Numports=18");
    expect(answer).toContain("HUB=false");
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
