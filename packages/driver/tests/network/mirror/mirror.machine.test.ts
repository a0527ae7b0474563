import { expect, it } from "vitest";
import type { Cluster, Machine } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();

const declaration = {
  name: "mirror",
  networks: { lan: {}, other: {} },
  nodes: {
    a: { interfaces: { eth1: { network: "lan", tagged: [10] } } },
    b: { interfaces: { eth1: { network: "lan", tagged: [10] }, eth2: { network: "other" } } },
    probe: { interfaces: { eth1: { network: "lan", mirror: true }, eth2: { network: "other" } } },
  },
  prepare: {
    key: "cards for frames with tags, which the probe looks for, too",
    async run(machines: Record<"a" | "b" | "probe", Machine>) {
      for (const one of Object.values(machines))
        await one.succeed("ip link add link eth1 name eth1.10 type vlan id 10 && ip link set eth1.10 up");
      await machines.a.succeed("ip addr add 10.0.10.1/24 dev eth1.10");
      await machines.b.succeed("ip addr add 10.0.10.2/24 dev eth1.10");
    },
  },
} as const;
type Lab = Cluster<(typeof declaration)["nodes"]>;

/** What a machine's card has received, or sent, as its guest counts. */
const counted = async (machine: Machine, card: string, what: "rx" | "tx" = "rx"): Promise<number> =>
  Number(await machine.succeed(`cat /sys/class/net/${card}/statistics/${what}_packets`));

/** Between whom packets of `ping`s from one machine to another are seen by the probe, each as often as it was. */
async function seenOf(cluster: Lab, from: Machine, to: string, pings = 3): Promise<string[]> {
  const { probe } = cluster.machines;
  await using capture = await cluster.network.capture();
  const before = await counted(probe, "eth1");
  await from.succeed(`ping -c${pings} -i 0.1 -W5 ${to}`);
  const seen = async (): Promise<string[]> => {
    const packets = await capture.all({ machine: probe, direction: "in", network: "lan", protocol: "icmp" });
    return packets.map((packet) => `${packet.from} → ${packet.to}`).sort();
  };
  // A copy comes a moment after its frame.
  await expect.poll(seen, { timeout: 10_000 }).toHaveLength(2 * pings);
  // The guest itself has got them, although they are for others.
  expect((await counted(probe, "eth1")) - before).toBeGreaterThanOrEqual(2 * pings);
  return await seen();
}

const bothWays = ["a → b", "a → b", "a → b", "b → a", "b → a", "b → a"];

it.each(["booted", "forked"])("a mirror port shows what all others send, %s", { timeout: 120_000 }, async (how) => {
  await using cluster = await used.lab.start(declaration);
  expect(cluster.origin.how).toBe(how);
  const { a, b, probe } = cluster.machines;
  expect(await seenOf(cluster, a, "b")).toEqual(bothWays);

  // With tags, and as long as frames can be.
  const tagged = await counted(probe, "eth1.10");
  await a.succeed("ping -c3 -i 0.1 -W5 -s 1472 10.0.10.2");
  await expect.poll(() => counted(probe, "eth1.10"), { timeout: 10_000 }).toBeGreaterThanOrEqual(tagged + 6);

  // Nothing of another network, on which the probe is an ordinary machine.
  await using capture = await cluster.network.capture();
  await probe.succeed("ping -c3 -i 0.1 -W5 192.168.2.2");
  await a.succeed("ping -c1 -W5 b");
  const shown = () => capture.all({ machine: probe, direction: "in", network: "lan" });
  await expect.poll(async () => (await shown()).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  const strangers = (await shown()).filter(({ from }) => from !== "a" && from !== "b");
  expect(strangers).toEqual([]);
  expect((await shown()).filter(({ ip }) => ip?.source.startsWith("192.168.2."))).toEqual([]);

  // It has no address there, and what it sends reaches nobody.
  expect(await probe.succeed("ip -o addr show dev eth1")).toBe("");
  const sent = await counted(probe, "eth1", "tx");
  await probe.succeed("ip addr add 192.168.1.200/24 dev eth1");
  await probe.fail("ping -c2 -W1 192.168.1.1");
  expect(await counted(probe, "eth1", "tx")).toBeGreaterThan(sent);
  expect(await capture.all({ machine: probe, network: "lan", direction: "out", protocol: "arp" })).not.toEqual([]);
  expect(await capture.all({ machine: [a, b], network: "lan", direction: "in", from: "192.168.1.200" })).toEqual([]);
  await a.fail("ip neigh | grep -w 192.168.1.200");
});

it("goes on while machines come and go", { timeout: 120_000 }, async () => {
  await using cluster = await used.lab.start(declaration);
  const { a, b, probe } = cluster.machines;
  await Promise.all([b.crash(), probe.crash()]);
  const more = { name: "more", vlans: ["lan"] };
  const [, , late] = await Promise.all([b.start(), probe.start(), cluster.createMachine(more)]);
  await using created = late;
  await Promise.all([b, probe, created].map((machine) => machine.waitUntilReady()));
  expect(await seenOf(cluster, a, "b")).toEqual(bothWays);
  expect(await seenOf(cluster, created, "192.168.1.1", 1)).toEqual(["a → more", "more → a"]);

  // What a fault keeps from others has been sent all the same.
  const link = cluster.network.link(created, "lan");
  await link.set({ loss: "100%" }, { direction: "out" });
  await using capture = await cluster.network.capture();
  await created.fail("ping -c2 -i 0.2 -W1 192.168.1.1");
  const requests = () =>
    capture.all({ machine: probe, direction: "in", network: "lan", from: created, protocol: "icmp" });
  await expect.poll(async () => (await requests()).length, { timeout: 10_000 }).toBe(2);
  expect(await capture.all({ machine: a, direction: "in", protocol: "icmp" })).toEqual([]);
  await link.heal();
  await expect(cluster.network.link("probe", "lan").set({ loss: "100%" })).rejects.toThrow(
    'DECLARATION_INVALID: link: "eth1 of probe" is on a mirror port, and only its cable can be pulled',
  );
  await cluster.network.link("probe", "lan").down();
  const before = await counted(probe, "eth1");
  await created.succeed("ping -c2 -i 0.2 -W5 192.168.1.1");
  expect(await counted(probe, "eth1")).toBe(before);
  await cluster.network.link("probe", "lan").up();
  expect(await seenOf(cluster, a, "b")).toEqual(bothWays);

  const watch = { name: "watch", interfaces: { eth1: { network: "other", mirror: true } } };
  await expect(cluster.createMachine(watch)).rejects.toThrow(
    "nodes.watch.interfaces.eth1.mirror: 2 is a network that nobody mirrors so far.\n" +
      "Valid: VLANs that a machine of `nodes` has a mirror port of: 1.",
  );
});

it("is as it was after checkpoints and resets", { timeout: 120_000 }, async () => {
  await using cluster = await used.lab.start(declaration);
  const { a, b } = cluster.machines;
  await cluster.checkpoint("here");
  await cluster.restore("here");
  expect(await seenOf(cluster, a, "b")).toEqual(bothWays);
  await cluster.reset();
  expect(await seenOf(cluster, b, "a")).toEqual(bothWays);
});
