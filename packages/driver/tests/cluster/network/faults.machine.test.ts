import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { fault, type Cluster } from "../../../src/index.ts";
import { childrenOf } from "../../support/children.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { ping } from "../../support/pings.ts";

const used = useLayerLab();
const cycles = process.env["NIGHTLY"] === "1" ? 1000 : 15;

let cluster: Cluster<{ a: object; b: object; c: object }>;
beforeAll(async () => {
  cluster = await used.lab.start({ name: "faults", nodes: { a: {}, b: {}, c: {} } });
});
afterEach(() => cluster.network.heal());

const reaches = async (to: string): Promise<boolean> => (await ping(cluster.machines.a, to, 1, "-W 1")).received === 1;

function openFiles(pid: number | "self"): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Memory that something still holds, in MiB. */
function heapMiB(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

describe("faults and moments", () => {
  it("of a checkpoint come back with it, and a reset has none", async () => {
    const { network } = cluster;
    await network.link("b").set({ loss: "100%" });
    await network.inject(fault.isolate("c"));
    const before = network.faults;
    await cluster.checkpoint("broken");
    await network.heal();
    expect(await reaches("b")).toBe(true);
    await network.link("b").down();

    await cluster.restore("broken");
    expect(network.faults).toEqual(before);
    expect([await reaches("b"), await reaches("c")]).toEqual([false, false]);
    await network.link("b").heal();
    expect([await reaches("b"), await reaches("c")]).toEqual([true, false]);

    await cluster.reset();
    expect(network.faults).toEqual([]);
    expect([await reaches("b"), await reaches("c")]).toEqual([true, true]);
    expect([childrenOf("wirefilter"), childrenOf("node")]).toEqual([[], []]);
  });

  it("are taken back to a mark", async () => {
    const { network } = cluster;
    await network.inject(fault.loss("100%", { on: "b" }));
    const mark = network.mark();
    await network.heal();
    await network.inject(fault.isolate("c"));
    await network.rewind(mark);
    expect([await reaches("b"), await reaches("c")]).toEqual([false, true]);
  });
});

describe("what carries out faults", () => {
  it(`is gone after each of ${cycles} times that they were set and healed`, async () => {
    const { network } = cluster;
    const [switchPid = 0] = childrenOf("vde_switch");
    const turn = async (): Promise<void> => {
      await network.link("b").set({ delay: "5ms" });
      await network.inject(fault.isolate("c"));
      await network.heal();
    };
    await turn();
    const before = [openFiles("self"), openFiles(switchPid)];
    const heapBefore = heapMiB();
    for (let cycle = 0; cycle < cycles; cycle++) await turn();
    // A partition that needs no process is so quick that there may be many.
    for (let cycle = 0; cycle < 1000; cycle++) {
      await network.inject(fault.isolate("c"));
      await network.heal();
    }
    await network.inject(fault.cut({ from: "a", to: "b" }));
    await network.heal();
    expect([openFiles("self"), openFiles(switchPid)]).toEqual(before);
    // What stays of a change is nothing: a kilobyte of each would be more than this.
    expect(heapMiB() - heapBefore).toBeLessThan(2);
    expect([childrenOf("wirefilter"), childrenOf("node")]).toEqual([[], []]);
    expect(await reaches("b")).toBe(true);
  });

  it("is told of when it ends by itself, and the link is dead until it is healed", async () => {
    await cluster.network.link("b").set({ delay: "5ms" }, { direction: "in" });
    const [filter = 0] = childrenOf("wirefilter");
    process.kill(filter, "SIGKILL");
    await expect.poll(() => used.lab.events.filter(({ type }) => type === "switch-down").length).toBe(1);
    expect(await reaches("b")).toBe(false);
    expect(cluster.machines.b.evidence().join("\n")).toContain("The filter of port 2, in was killed by SIGKILL");
    await cluster.network.heal();
    expect(await reaches("b")).toBe(true);
  });

  it("works again at once when it is healed", async () => {
    const { network } = cluster;
    const times: number[] = [];
    for (const value of [fault.loss("100%", { on: "b" }), fault.isolate("b"), fault.cut({ from: "b", to: "a" })]) {
      await network.inject(value);
      expect(await reaches("b")).toBe(false);
      const startedAt = performance.now();
      await network.heal();
      times.push(performance.now() - startedAt);
      expect(await reaches("b")).toBe(true);
    }
    // 100 ms on a host with nothing else to do, where it takes some 10.
    expect(Math.min(...times)).toBeLessThan(100);
  });
});

describe("a fault that cannot be", () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ["of an unknown machine", () => cluster.network.inject(fault.isolate("x")), '"x" is no machine of this cluster'],
    [
      "of an unknown network",
      () => cluster.network.inject(fault.loss("1%", { network: "wan" })),
      '"wan" is no network',
    ],
    ["with a number", () => cluster.network.link("a").set({ delay: 5 as never }), "link.delay: 5 is not a time"],
    ["that makes no sense", () => cluster.network.link("a").set({ jitter: "5ms" }), "longer than the delay"],
  ])("%s changes nothing", async (_case, change, message) => {
    await expect(change()).rejects.toThrow(message);
    expect(cluster.network.faults).toEqual([]);
  });
});

describe("a schedule", () => {
  it("replays its faults from its seed, one after the other, and leaves none", async () => {
    const options = {
      seed: 7,
      every: "100ms",
      from: [fault.loss("10%"), fault.isolate("b"), fault.rate("1mbit")],
    } as const;
    const run = async (): Promise<readonly unknown[]> => {
      await using schedule = await cluster.network.schedule(options);
      await expect.poll(() => schedule.history.length, { timeout: 30_000 }).toBeGreaterThan(3);
      expect(cluster.network.faults.length).toBeLessThanOrEqual(1);
      return schedule.history.slice(0, 4);
    };
    expect(await run()).toEqual(await run());
    expect(cluster.network.faults).toEqual([]);
  });

  it("ends with a heal", async () => {
    const schedule = await cluster.network.schedule({ every: "50ms", from: [fault.isolate("b")] });
    await cluster.network.heal();
    const { length } = schedule.history;
    await cluster.machines.a.sleep(200);
    expect(schedule.history.length).toBe(length);
    expect(cluster.network.faults).toEqual([]);
  });
});

// The last one: the switch does not come back.
describe("a switch that ends", () => {
  it("is told of at once, and changes say so; a reset of forks that have their own is another matter", async () => {
    const [pid = 0] = childrenOf("vde_switch");
    await cluster.network.link("b").set({ delay: "5ms" });
    const killedAt = performance.now();
    process.kill(pid, "SIGKILL");
    const isTold = (): boolean =>
      used.lab.events.some(
        (event) => event.type === "switch-down" && event.error.message.includes("The switch of VLAN 1 was killed"),
      );
    await expect.poll(isTold, { interval: 5 }).toBe(true);
    expect(performance.now() - killedAt).toBeLessThan(2000);
    await expect.poll(() => childrenOf("wirefilter")).toEqual([]);
    await expect(cluster.network.inject(fault.isolate("a"))).rejects.toThrow("SWITCH_FAILED");
  });
});
