import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Cluster, Fault, Machine } from "../../../src/index.ts";
import { fault } from "../../../src/index.ts";
import { cutsOf } from "../../../src/network/faults/cuts.ts";
import { binomialBounds } from "../../support/bounds.ts";
import { useLayerLab } from "../../support/layer-lab.ts";
import { ping, type Pings } from "../../support/pings.ts";

const used = useLayerLab();
const names = ["a", "b", "c", "d"] as const;
/** Packets of a series whose share is looked at. */
const many = process.env["NIGHTLY"] === "1" ? 20_000 : 600;

let cluster: Cluster<{ a: object; b: object; c: object; d: object }>;
let a: Machine;
beforeAll(async () => {
  cluster = await used.lab.start({ name: "physics", nodes: { a: {}, b: {}, c: {}, d: {} } });
  a = cluster.machines.a;
  // Who hears whom is to be seen from single packets, so nobody may have to ask for addresses first.
  for (const from of names) {
    const others = names.map((_name, index) => index + 1).filter((number) => names[number - 1] !== from);
    const entries = others.map((number) => `arp -s 192.168.1.${number} 52:54:00:12:01:0${number}`);
    await cluster.machines[from].succeed(entries.join("; "));
  }
});
afterEach(() => cluster.network.heal());

function within(value: number, [least, most]: readonly [number, number]): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

describe("a link", () => {
  it("loses the share that it is told to, in the direction that it is told", async () => {
    await cluster.network.link("b").set({ loss: "20%" }, { direction: "in" });
    const { sent, received } = await ping(a, "b", many);
    expect(sent).toBe(many);
    within(sent - received, binomialBounds(many, 0.2));
  });

  it("loses in runs, and the same share", async () => {
    await cluster.network.link("b").set({ loss: "20%", burst: 5 }, { direction: "out" });
    const { stdout } = await a.execute(`ping -c ${many} -i 0.005 -W 2 b`);
    const seen = [...stdout.matchAll(/seq=(\d+)/g)].map(([, seq]) => Number(seq));
    const lost = many - seen.length;
    const runs = [...seen, many].filter((seq, index) => seq !== (seen[index - 1] ?? -1) + 1).length;
    // Runs are geometric with a mean of 5, about many * 0.2 / 5 of them: their sum varies by this much.
    const deviation = 4.4 * Math.sqrt((many * 0.2) / 5) * 5 * Math.SQRT2;
    within(lost, [many * 0.2 - deviation, many * 0.2 + deviation]);
    within(lost / runs, [5 - 4.4 * (5 / Math.sqrt(runs)), 5 + 4.4 * (5 / Math.sqrt(runs))]);
    expect(lost / runs).toBeGreaterThan(2);
  });

  it("takes the time that it is told to, each way, and what is set later keeps it", async () => {
    // The quickest of some, far apart: a host that is busy delays most of them.
    const timed = (): Promise<Pings> => ping(a, "b", 50, "-i 0.03");
    const usual = await timed();
    const link = cluster.network.link("b");
    await link.set({ delay: "50ms" });
    const slow = await timed();
    // Its clock has milliseconds.
    within(slow.least, [98, 100 + usual.least + 15]);
    await link.set({ duplicate: "30%" }, { direction: "in" });
    const doubled = await ping(a, "b", many);
    expect(doubled.least).toBeGreaterThan(98);
    // Copies may have copies: p / (1 - p) of them on average, with a variance of p / (1 - p)².
    const deviation = (4.4 * Math.sqrt(0.3 * many)) / 0.7;
    within(doubled.duplicates, [(many * 0.3) / 0.7 - deviation, (many * 0.3) / 0.7 + deviation]);
    await link.set({ delay: null }, { direction: "out" });
    within((await timed()).least, [49, 50 + usual.least + 15]);
  });

  it("damages full packets as often as it is told to, which their receiver drops", async () => {
    await cluster.network.link("b").set({ corrupt: "20%" }, { direction: "in" });
    const { sent, received } = await ping(a, "b", many, "-s 1472");
    within(sent - received, binomialBounds(many, 0.2));
  });

  it("swallows packets that are too long, to the byte", async () => {
    await cluster.network.link("b").set({ mtu: 1000 });
    expect((await ping(a, "b", 5, "-s 972")).received).toBe(5);
    expect((await ping(a, "b", 5, "-s 973")).received).toBe(0);
  });

  it("lets packets overtake each other when it is told to, and else not", async () => {
    const link = cluster.network.link("b");
    const order = async (): Promise<number[]> => {
      const { stdout } = await a.execute("ping -c 200 -i 0.005 -W 2 b");
      return [...stdout.matchAll(/seq=(\d+)/g)].map(([, seq]) => Number(seq));
    };
    const inOrder = (seen: readonly number[]): number[] => seen.toSorted((one, other) => one - other);
    await link.set({ delay: "50ms", jitter: "40ms" }, { direction: "in" });
    const kept = await order();
    expect(kept).toEqual(inOrder(kept));
    await link.set({ reorder: true }, { direction: "in" });
    const mixed = await order();
    expect(mixed).not.toEqual(inOrder(mixed));
    // What comes in a bunch may be too much for a guest, and nothing else is lost.
    expect(Math.min(kept.length, mixed.length)).toBeGreaterThan(150);
  });

  it("is as slow as it is told to", async () => {
    await cluster.machines.b.succeed("mkdir -p /srv", "head -c 250000 /dev/zero > /srv/zeros", "httpd -h /srv");
    const usual = await ping(a, "b", 30, "-i 0.03 -s 1400");
    await cluster.network.link("b").set({ rate: "1mbit" });
    // 1444 bytes with their header and their length take 11.5 ms, there and back.
    within((await ping(a, "b", 30, "-i 0.1 -s 1400")).least, [22, 23.2 + usual.least + 15]);
    const { durationMs } = await a.execute("wget -q -O /dev/null http://b/zeros");
    // 2 Mbit, and more with headers, and with what is sent twice when the host is busy.
    expect(durationMs).toBeGreaterThan(2000);
  });
});

/** Which machine hears which, by pings that are counted where they arrive: 1 from a, 2 from b, 4 from c, 8 from d. */
async function deafness(): Promise<string[]> {
  const count = async (name: (typeof names)[number]): Promise<number> => {
    const lines = (await cluster.machines[name].succeed("grep Icmp: /proc/net/snmp")).split("\n");
    const [head = [], values = []] = lines.map((line) => line.split(" "));
    return Number(values[head.indexOf("InEchos")]);
  };
  const before = await Promise.all(names.map(count));
  await Promise.all(
    names.map((from, index) => {
      const others = names.filter((to) => to !== from);
      const pings = others.map((to) => `ping -q -c ${2 ** index} -i 0.01 -W 1 192.168.1.${names.indexOf(to) + 1}`);
      return cluster.machines[from].execute(`${pings.map((one) => `${one} &`).join(" ")} wait`);
    }),
  );
  const after = await Promise.all(names.map(count));
  return names.flatMap((to, index) => {
    const heard = (after[index] ?? 0) - (before[index] ?? 0);
    return names.filter((from, bit) => from !== to && (heard & (2 ** bit)) === 0).map((from) => `${from}>${to}`);
  });
}

describe("a partition", () => {
  it.each<[string, Fault]>([
    ["with somebody in no part", fault.partition([["a", "b"], ["c"]])],
    [
      "of all",
      fault.partition([
        ["a", "b"],
        ["c", "d"],
      ]),
    ],
    ["of one", fault.isolate("b")],
    ["in one direction", fault.cut({ from: "a", to: ["c", "d"] })],
    ["with a bridge", fault.bridge({ left: ["a"], between: ["b"], right: ["c", "d"] })],
    ["with majorities in a ring", fault.majorityRing(names)],
  ])("%s cuts exactly the pairs that it says", async (_case, value) => {
    const { kind, groups } = value as Extract<Fault, { groups: unknown }>;
    const expected = cutsOf({ kind, groups }, names).map(({ from, to }) => `${from}>${to}`);
    {
      await using injected = await cluster.network.inject(value);
      expect(cluster.network.faults).toEqual([injected.fault]);
      expect((await deafness()).toSorted()).toEqual(expected.toSorted());
    }
    expect(cluster.network.faults).toEqual([]);
    expect((await ping(a, "192.168.1.3", 1)).received).toBe(1);
  });

  it("goes with filters, and each is healed alone", async () => {
    const loss = await cluster.network.inject(fault.loss("100%", { on: "d", direction: "in" }));
    const parted = await cluster.network.inject(fault.partition([["a"], ["b"]]));
    expect((await deafness()).toSorted()).toEqual(["a>b", "a>d", "b>a", "b>d", "c>d"]);
    await loss.heal();
    expect((await deafness()).toSorted()).toEqual(["a>b", "b>a"]);
    await parted.heal();
    expect(await deafness()).toEqual([]);
  });
});
