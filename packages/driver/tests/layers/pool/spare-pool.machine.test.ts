import { LocalProcessHost, type Lease, type SpawnRequest } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { SparePool, type Cluster, type ClusterDeclaration, type ForkRecipe } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
/** Whatever a network can have beside its switch. */
const interfaces = { spy: { network: 1, mirror: true } };
const declaration = {
  name: "spares",
  nodes: { one: {}, two: { vlans: [1], interfaces } },
} satisfies ClusterDeclaration;
const host = new LocalProcessHost();
let recipe: ForkRecipe;
let runtime = "";
let pool: SparePool;
let errors: unknown[] = [];

function openPool(eager: boolean, on: Pick<LocalProcessHost, "lease"> = host): SparePool {
  return new SparePool({ host: on, store: used.lab.store, eager, onError: (error) => errors.push(error) });
}

async function start(keptAs?: string): Promise<Cluster<(typeof declaration)["nodes"]>> {
  return used.lab.start(declaration, { processHost: host, spares: pool, keptAs });
}

beforeAll(async () => {
  // A budget of its own: a pool gives way to whoever waits on the same host, and other tests do.
  runtime = await mkdtemp("/tmp/vmp-");
  vi.stubEnv("VITEST_MACHINES_RUNTIME", runtime);
  const first = await used.lab.start(declaration, { processHost: host });
  if (!first.forkRecipe) throw new Error("the cluster was not frozen");
  recipe = first.forkRecipe;
  await first.stop();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(runtime, { recursive: true });
});
beforeEach(() => {
  errors = [];
  pool = openPool(true);
});
afterEach(async () => {
  vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "");
  await pool.close();
  expect(errors).toEqual([]);
});

describe("a fork that is made ahead of time", () => {
  it("is what the next cluster of its layer starts with, once", async () => {
    await pool.want(recipe, "next");
    const first = await start();
    expect(first.origin).toMatchObject({ how: "forked", spare: true });
    expect(await first.machines.one.succeed("ping -c1 -W5 two > /dev/null; hostname")).toBe("one\n");
    const shown = () => first.machines.two.succeed("cat /sys/class/net/spy/statistics/rx_packets").then(Number);
    const before = await shown();
    await first.machines.one.succeed("ping -c2 -W5 two");
    await expect.poll(shown, { timeout: 10_000 }).toBeGreaterThanOrEqual(before + 4);
    const second = await start();
    expect(second.origin).toMatchObject({ how: "forked", spare: false });
    const uuid = "cat /proc/sys/kernel/random/uuid";
    expect(await second.machines.one.succeed(uuid)).not.toBe(await first.machines.one.succeed(uuid));
    await Promise.all([first.stop(), second.stop()]);
  });

  it("has done once what tells whether its machines are ready, and only it", async () => {
    const ready = "echo ready >> /tmp/ready";
    const nodes = { one: { ready, env: { LANG: "C" } } };
    const begin = () => used.lab.start({ name: "exercised", nodes }, { processHost: host, spares: pool });
    const first = await begin();
    await pool.want(first.forkRecipe!, "next");
    expect(await pool.isMade(first.forkRecipe!.layerKey)).toBe(true);
    const second = await begin();
    expect(second.origin).toMatchObject({ spare: true });
    const count = "wc -l < /tmp/ready";
    expect(await Promise.all([first, second].map(({ machines }) => machines.one.succeed(count)))).toEqual([
      "1\n",
      "2\n",
    ]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it("has the host's time, however long it stood still", async () => {
    await pool.want(recipe, "next");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const cluster = await start();
    expect(cluster.origin).toMatchObject({ spare: true });
    const before = Date.now();
    const seconds = Number(await cluster.machines.two.succeed("date +%s"));
    expect(seconds * 1000).toBeGreaterThan(before - 1_100);
    expect(seconds * 1000).toBeLessThan(Date.now() + 100);
    await cluster.stop();
  });

  it("takes a cluster back to its beginning, again and again", async () => {
    const cluster = await start();
    for (let round = 0; round < 3; round++) {
      await cluster.machines.one.succeed("test ! -e /run/used && touch /run/used");
      await pool.want(recipe, "next");
      await cluster.reset();
    }
    await cluster.machines.one.succeed("ping -c1 -W5 two");
    await cluster.stop();
  });

  it("is made for a cluster that has ended only when it was asked for twice, unless reruns are likely", async () => {
    const reserved = openPool(false);
    await reserved.want(recipe, "again");
    expect(await reserved.take(recipe.layerKey)).toBeUndefined();
    await reserved.want(recipe, "again");
    const spare = await reserved.take(recipe.layerKey);
    onTestFinished(() => spare?.lease.release());
    expect([...(spare?.processes.keys() ?? [])].sort()).toEqual([
      "mirror vlan1",
      "qemu one",
      "qemu two",
      "switch vlan1",
    ]);
    await reserved.close();
  });
});

describe("spares give way", () => {
  /** The processes of a spare that stays in the pool. */
  async function made(): Promise<{ pids: number[]; folder: string }> {
    await pool.want(recipe, "next");
    expect(await pool.isMade(recipe.layerKey)).toBe(true);
    const spare = await pool.take(recipe.layerKey);
    if (!spare) throw new Error("there is no spare");
    await pool.keep(recipe.layerKey, spare);
    return { pids: [...spare.processes.values()].map(({ pid }) => pid), folder: spare.lease.folder };
  }

  const isGone = (pid: number): boolean => !existsSync(join("/proc", String(pid)));

  it("when somebody on this host waits for the budget", async () => {
    const { pids, folder } = await made();
    vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "700");
    const waits: string[] = [];
    const lease = await host.lease({ name: "big", memoryMiB: 400, vcpus: 1, onWait: (reason) => waits.push(reason) });
    onTestFinished(() => lease.release());
    expect(waits).toHaveLength(1);
    expect(pids.every(isGone)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });

  it("to the budget: there is none when it has no room", async () => {
    vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "500");
    const lease = await host.lease({ name: "big", memoryMiB: 400, vcpus: 1 });
    onTestFinished(() => lease.release());
    await pool.want(recipe, "next");
    expect(await pool.take(recipe.layerKey)).toBeUndefined();
  });

  it("when one of their processes ends", async () => {
    const { pids } = await made();
    process.kill(pids[0] as number, "SIGKILL");
    await vi.waitFor(() => expect(pids.every(isGone)).toBe(true), { timeout: 5_000 });
    expect(await pool.take(recipe.layerKey)).toBeUndefined();
  });

  it("when one of their processes ends while they are made: nobody waits for what will not come", async () => {
    class Deadly extends LocalProcessHost {
      override async lease(request: Parameters<LocalProcessHost["lease"]>[0]): Promise<Lease> {
        const lease = await super.lease(request);
        const spawn = async (order: SpawnRequest) => {
          const started = await lease.spawn(order);
          if (order.name === "qemu two") setTimeout(() => process.kill(started.pid, "SIGKILL"), 150);
          return started;
        };
        return { folder: lease.folder, spawn, release: () => lease.release() };
      }
    }
    const deadly = openPool(true, new Deadly());
    const startedAt = performance.now();
    await deadly.want(recipe, "next");
    expect(await deadly.take(recipe.layerKey)).toBeUndefined();
    // What waits for an agent gives up after a minute.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(errors.map(String)).toEqual([
      "MachinesError: FORK_FAILED: a fork made ahead of time was lost: its qemu two was killed by SIGKILL",
    ]);
    errors = [];
    await deadly.close();
  });

  it("when the pool is closed", async () => {
    const { pids, folder } = await made();
    await pool.close();
    expect(pids.every(isGone)).toBe(true);
    expect(existsSync(folder)).toBe(false);
  });
});

describe("a cluster that is kept", () => {
  it("goes on for the next one of its name, as it was left", async () => {
    const first = await start("suite");
    expect(first.origin.how).toBe("forked");
    await first.machines.one.succeed(
      "echo left > /run/note; (while sleep 0.1; do date > /run/tick; done) > /dev/null 2>&1 &",
    );
    await first.keep("suite");

    const second = await start("suite");
    expect(second.origin).toEqual({ how: "kept", layerKey: recipe.layerKey });
    expect(await second.machines.one.succeed("rm -f /run/tick; cat /run/note")).toBe("left\n");
    await second.machines.one.waitForFile("/run/tick");
    await second.machines.two.succeed("ping -c1 -W5 one");
    await second.keep("suite");

    const third = await start("suite");
    expect(third.origin.how).toBe("kept");
    expect(await third.machines.one.succeed("cat /run/note")).toBe("left\n");
    await third.reset();
    await third.machines.one.fail("test -e /run/note");
    await third.keep("suite");

    const fourth = await start("suite");
    expect(fourth.origin.how).toBe("kept");
    await fourth.machines.one.fail("test -e /run/note");
    await fourth.stop();
  });

  it("is nobody else's", async () => {
    const first = await start("suite");
    await first.keep("suite");
    const other = await start("another suite");
    expect(other.origin.how).toBe("forked");
    await other.stop();
  });

  it("is not kept with a machine that is down, or at a checkpoint", async () => {
    const broken = await start("suite");
    await broken.machines.two.crash();
    await broken.keep("suite");
    const moved = await start("suite");
    expect(moved.origin.how).toBe("forked");
    await moved.checkpoint("here");
    await moved.restore("here");
    await moved.keep("suite");
    const next = await start("suite");
    expect(next.origin.how).toBe("forked");
    await next.stop();
  });
});
