import { expect, it } from "vitest";
import { fault, type Machine } from "../../src/index.ts";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();

/** A card of the machine's for one VLAN of its port. */
const addVlan = (machine: Machine, id: number, address: string): Promise<string> =>
  machine.succeed(
    `ip link add link eth1 name eth1.${id} type vlan id ${id}; ip link set eth1.${id} up; ip addr add ${address}/24 dev eth1.${id}`,
  );
const received = async (machine: Machine, card: string): Promise<number> =>
  Number(await machine.succeed(`cat /sys/class/net/${card}/statistics/rx_packets`));

const declaration = {
  name: "trunk",
  nodes: {
    left: { interfaces: { eth1: { network: 1, tagged: [10, 20] } } },
    right: { interfaces: { eth1: { network: 1, tagged: [10, 20] } } },
    ten: { interfaces: { eth1: { network: 1, untagged: 10, addresses: ["10.0.10.3/24"] } } },
    // On the network itself.
    zero: {},
  },
  prepare: {
    key: "cards for VLANs, which must work in forks",
    async run({ left, right }: { left: Machine; right: Machine }) {
      await addVlan(left, 10, "10.0.10.1");
      await addVlan(right, 10, "10.0.10.2");
      await left.succeed("ping -c1 -W5 10.0.10.2");
    },
  },
} as const;

it.each(["booted", "forked"])("ports of a switch are in 802.1Q VLANs, %s", { timeout: 120_000 }, async (how) => {
  await using cluster = await used.lab.start(declaration);
  expect(cluster.origin.how).toBe(how);
  const { left, right, ten, zero } = cluster.machines;
  await addVlan(left, 20, "10.0.20.1");
  await addVlan(right, 20, "10.0.20.2");
  // Both know tags of VLANs in which their ports are not.
  await addVlan(zero, 10, "10.0.10.4");
  await addVlan(left, 30, "10.0.30.1");
  await addVlan(right, 30, "10.0.30.2");

  // From trunk to trunk, in frames as large as untagged ones may be; and to the access port, without tags.
  await left.succeed("ping -c1 -W5 -s 1472 10.0.10.2");
  await left.succeed("ping -c1 -W5 10.0.20.2");
  await left.succeed("ping -c1 -W5 -s 1472 10.0.10.3");
  await ten.succeed("ping -c1 -W5 10.0.10.2");
  // Untagged frames are the network's own on a trunk port, too.
  await left.succeed("ping -c1 -W5 zero");

  await zero.fail("ping -c1 -W1 10.0.10.3");
  await zero.fail("ping -c1 -W1 10.0.10.1");
  await left.fail("ping -c1 -W1 10.0.30.2");
  expect(await received(zero, "eth1.10")).toBe(0);
  expect(await received(right, "eth1.30")).toBe(0);

  // Who may see everything that reaches its port sees nothing of what goes between others, in whatever VLAN.
  await ten.succeed("ip link set eth1 promisc on");
  const before = await received(ten, "eth1");
  await left.succeed("ping -c5 -i 0.2 -W5 10.0.20.2 && ping -c5 -i 0.2 -W5 10.0.10.2");
  expect((await received(ten, "eth1")) - before).toBeLessThan(5);
});

it("ports stay in their VLANs while machines come and go", { timeout: 120_000 }, async () => {
  await using cluster = await used.lab.start(declaration);
  const { right, ten } = cluster.machines;
  await ten.crash();
  await ten.start();
  await ten.succeed("ping -c1 -W5 10.0.10.2");
  await addVlan(right, 20, "10.0.20.2");

  const more = { name: "more", interfaces: { eth1: { network: 1, untagged: 20, addresses: ["10.0.20.5/24"] } } };
  await using late = await cluster.createMachine(more);
  await late.succeed("ping -c1 -W5 10.0.20.2");
  await late.fail("ping -c1 -W1 10.0.10.2");
  const stray = { name: "stray", interfaces: { eth1: { network: 1, untagged: 40 } } };
  await expect(cluster.createMachine(stray)).rejects.toThrow(
    "nodes.stray.interfaces.eth1: 40 is no 802.1Q VLAN of the running network.\nValid: 10, 20.",
  );
});

it("a trunk port can be pulled, and has no other fault; those of the others are theirs alone", async () => {
  await using cluster = await used.lab.start(declaration);
  const { network } = cluster;
  const { left, ten, zero } = cluster.machines;
  const refusal = (path: string): string =>
    `DECLARATION_INVALID: ${path}: "eth1 of left" passes tagged packets, and only its cable can be pulled.`;
  await expect(network.link("left").set({ delay: "5ms" })).rejects.toThrow(refusal("link"));
  for (const value of [fault.partition([["left", "ten"], ["right"]]), fault.isolate("zero"), fault.loss("1%")]) {
    await expect(network.inject(value)).rejects.toThrow(refusal("fault"));
  }
  expect(network.faults).toEqual([]);

  await using lossy = await network.inject(fault.loss("100%", { on: "ten" }));
  await left.fail("ping -c1 -W1 10.0.10.3");
  await left.succeed("ping -c1 -W5 10.0.10.2", "ping -c1 -W5 zero");
  await lossy.heal();
  await left.succeed("ping -c1 -W5 10.0.10.3");

  await network.link("left").down();
  await ten.fail("ping -c1 -W1 10.0.10.1");
  await zero.fail("ping -c1 -W1 left");
  await ten.succeed("ping -c1 -W5 10.0.10.2");
  await network.link("left").up();
  await ten.succeed("ping -c1 -W5 10.0.10.1");
});
