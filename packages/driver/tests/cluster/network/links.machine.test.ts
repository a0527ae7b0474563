import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();

const declaration = {
  name: "links",
  networks: { lan: {}, wan: {} },
  nodes: { a: { vlans: ["lan", "wan"] }, b: { vlans: ["lan"] }, lone: { vlans: [] } },
} as const;

let cluster: Cluster<typeof declaration.nodes>;
beforeAll(async () => {
  cluster = await used.lab.start(declaration);
});

describe("a cable", () => {
  it("that is pulled out takes the carrier away, and only that card's; plugged in again the link works at once", async () => {
    const { a, b } = cluster.machines;
    const link = cluster.network.link("a", "lan");
    expect([link.machine, link.network]).toEqual(["a", "lan"]);
    await link.down();
    await a.waitUntilSucceeds("grep -w 0 /sys/class/net/eth1/carrier");
    expect(await a.succeed("cat /sys/class/net/eth2/carrier")).toBe("1\n");
    await b.fail("ping -c1 -W1 a");
    await link.up();
    await a.waitUntilSucceeds("grep -w 1 /sys/class/net/eth1/carrier");
    await b.succeed("ping -c1 -W5 a");
  });

  it("stays out over a reboot and a loss of power, and while its machine is off", async () => {
    const { a, b } = cluster.machines;
    const link = cluster.network.link(b);
    await link.down();
    await b.reboot();
    await b.succeed("grep -w 0 /sys/class/net/eth1/carrier");
    await b.crash();
    await b.start();
    await b.succeed("grep -w 0 /sys/class/net/eth1/carrier");
    await a.fail("ping -c1 -W1 b");
    await b.crash();
    await link.up();
    await b.start();
    await b.waitUntilReady();
    await a.succeed("ping -c1 -W5 b");
  });
});

describe("a link that there is not", () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      "of an unknown machine",
      () => cluster.network.link("c" as "a"),
      /"c" is no machine of this cluster.\nValid: a, b, lone\./,
    ],
    [
      "to a network that the machine is not on",
      () => cluster.network.link("b", "wan"),
      /link: "wan" .*\nValid: .*"eth1" on lan\./,
    ],
    [
      "one of two, and nobody says which",
      () => cluster.network.link("a"),
      /undefined fits 2 cards of a.\nValid: .*"eth2" on wan/,
    ],
    ["of a machine without networks", () => cluster.network.link("lone"), /lone is on no network/],
  ])("%s", (_case, link, message) => {
    expect(link).toThrow(message);
  });
});
