import { LocalProcessHost, type Lease, type ProcessHost } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Cluster, type ClusterEvent } from "../../src/index.ts";
import { useCluster } from "../support/use-cluster.ts";

/** Remembers the leases that it gives out. */
class WatchedHost implements ProcessHost {
  readonly leases: Lease[] = [];
  readonly #host = new LocalProcessHost();
  async lease(request: Parameters<ProcessHost["lease"]>[0]): Promise<Lease> {
    const lease = await this.#host.lease(request);
    this.leases.push(lease);
    return lease;
  }
}

describe("three machines on two networks", () => {
  const lab = useCluster({
    name: "three networks",
    // How they boot is what is looked at here, and an earlier run may have left a layer of them.
    layers: false,
    nodes: { left: {}, middle: { vlans: [1, 2] }, right: { vlans: [2] } },
  });

  it("have their names, addresses and the time", async () => {
    expect(await lab.machine("middle").succeed("hostname", "cat /proc/sys/kernel/hostname")).toBe("middle\nmiddle\n");
    const addresses = await lab.machine("middle").succeed("ip -o addr show | awk '/eth/ { print $2, $4 }'");
    expect(addresses).toContain("eth1 192.168.1.2/24\n");
    expect(addresses).toContain("eth1 2001:db8:1::2/64\n");
    expect(addresses).toContain("eth2 192.168.2.2/24\n");
    expect(addresses).toContain("eth2 2001:db8:2::2/64\n");
    expect(await lab.machine("middle").succeed("cat /sys/class/net/eth2/address")).toBe("52:54:00:12:02:02\n");
    const clock = Number(await lab.machine("left").succeed("date +%s"));
    expect(Math.abs(clock - Date.now() / 1000)).toBeLessThan(30);
  });

  it("reach neighbours by name over both protocols, and nobody else", async () => {
    await lab.machine("left").succeed("ping -c1 middle", "ping -6 -c1 middle");
    await lab.machine("right").succeed("ping -c1 middle", "ping -6 -c1 middle");
    await lab.machine("middle").succeed("ping -c1 left", "ping -c1 right");
    await lab.machine("left").fail("ping -c1 -W1 right");
  });

  it("reported how they came up", () => {
    const types = lab.events.map(({ type }) => type);
    expect(types).toContain("accelerator");
    expect(types.at(types.indexOf("ready") - 1)).toBe("machine-phase");
    const phases = (name: string) =>
      lab.events.flatMap((event) => (event.type === "machine-phase" && event.machine === name ? [event.phase] : []));
    expect(phases("left").slice(0, 4)).toEqual(["starting", "booting", "configuring", "ready"]);
  });
});

describe("a cluster", () => {
  it("leaves nothing behind when it stops, and its handles say that it is gone", async () => {
    const processHost = new WatchedHost();
    const cluster = await Cluster.start({ name: "gone", nodes: { alone: { vlans: [] } } }, { processHost });
    const { folder } = processHost.leases[0]!;
    expect(existsSync(folder)).toBe(true);
    const waiting = cluster.machines.alone.waitForFile("/never");
    await Promise.all([
      cluster.stop(),
      cluster.stop(),
      expect(waiting).rejects.toMatchObject({ code: "MACHINE_DOWN" }),
    ]);
    await cluster[Symbol.asyncDispose]();
    expect(existsSync(folder)).toBe(false);
    await expect(cluster.machines.alone.succeed("true")).rejects.toThrow(
      'HANDLE_MISUSE: alone cannot be used any more: cluster "gone" was stopped.',
    );
  });

  it("does not count the wait for its lease as boot", async () => {
    const host = new LocalProcessHost();
    const processHost: ProcessHost = {
      async lease(request) {
        request.onWait?.("another cluster runs");
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return host.lease(request);
      },
    };
    const events: ClusterEvent[] = [];
    const declaration = { nodes: { a: {} }, boot: "manual" } as const;
    const cluster = await Cluster.start(declaration, { processHost, onEvent: (event) => events.push(event) });
    await cluster.stop();
    expect(events).toContainEqual({ type: "waiting", reason: "another cluster runs" });
    const ready = events.find((event) => event.type === "ready");
    expect(ready?.elapsedMs).toBeLessThan(1_000);
  });

  it("tells of a switch that died", async () => {
    const events: ClusterEvent[] = [];
    const switches: Awaited<ReturnType<Lease["spawn"]>>[] = [];
    const host = new LocalProcessHost();
    const processHost: ProcessHost = {
      lease: async (request) => {
        const lease = await host.lease(request);
        const spawn: Lease["spawn"] = async (one) => {
          const child = await lease.spawn(one);
          if (one.name.startsWith("switch")) switches.push(child);
          return child;
        };
        return { folder: lease.folder, spawn, release: () => lease.release() };
      },
    };
    const cluster = await Cluster.start(
      { nodes: { a: {} }, boot: "manual" },
      { processHost, onEvent: (event) => events.push(event) },
    );
    await switches[0]!.kill("SIGKILL");
    await expect
      .poll(() => events.find(({ type }) => type === "switch-down"))
      .toMatchObject({ error: { code: "SWITCH_FAILED" } });
    expect(cluster.machines.a.evidence()).toEqual([
      "SWITCH_FAILED: The switch of VLAN 1 was killed by SIGKILL; its machines have no network now.",
      "a was never started",
    ]);
    await cluster.stop();
  });
});

describe("a boot that fails", () => {
  it("says which machine, when and why, with its console, and leaves nothing behind", async () => {
    const processHost = new WatchedHost();
    const failing = Cluster.start(
      { nodes: { fine: {}, broken: { kernelParams: ["rdinit=/nonexistent", "root=/dev/none"] } } },
      { processHost },
    );
    await expect(failing).rejects.toMatchObject({
      code: "BOOT_FAILED",
      machine: "broken",
      summary: expect.stringContaining("broken did not boot: the guest's kernel panicked: ") as string,
      message: expect.stringContaining("broken's console, last lines:\n") as string,
      facts: { phase: "booting", reason: "guest-reset" },
    });
    expect(existsSync(processHost.leases[0]!.folder)).toBe(false);
  });

  it("for lack of time says how far it came", async () => {
    await expect(Cluster.start({ nodes: { slow: {} }, bootTimeout: 600 })).rejects.toMatchObject({
      code: "BOOT_TIMEOUT",
      machine: "slow",
      summary: expect.stringMatching(/^slow was not ready within 0\.\d s: its agent did not answer\.$/) as string,
      hint: expect.stringContaining("`bootTimeout`") as string,
    });
  });

  it("on several machines tells of each", async () => {
    const broken = { memory: "48M", kernelParams: ["rdinit=/nonexistent"] };
    await expect(Cluster.start({ nodes: { one: broken, two: broken } })).rejects.toMatchObject({
      name: "AggregateError",
      message: expect.stringMatching(/^2 machines did not boot:\n- BOOT_\w+: one .*\n- BOOT_\w+: two /) as string,
      errors: [{ machine: "one" }, { machine: "two" }],
    });
  });

  it("can be given up", async () => {
    const signal = AbortSignal.timeout(500);
    await expect(Cluster.start({ nodes: { any: {} } }, { signal })).rejects.toMatchObject({ code: "ABORTED" });
  });
});
