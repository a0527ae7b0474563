import { describe, expect } from "vitest";
import { cluster, fault } from "vitest-machines";

describe("a service and its links", () => {
  // #region links
  const {
    it,
    client,
    cluster: shop,
  } = cluster({
    networks: { lan: {} },
    nodes: { server: { vlans: ["lan"] }, client: { vlans: ["lan"] } },
  });

  it("is slow and loses packets", async () => {
    const link = shop.network.link("server", "lan");
    await link.set({ delay: "50ms", loss: "10%" });
    await link.set({ loss: null }, { direction: "in" }); // the delay stays, and so does what the server's answers lose
    await client.waitUntilSucceeds("ping -c1 -W1 server");
  });

  it("is whole again in the next test", async () => {
    expect(await client.succeed("ping -q -c20 -i 0.02 server")).toContain(" 0% packet loss");
    const link = shop.network.link("server");
    await link.down(); // the cable is out: the guest sees its carrier go
    await client.fail("ping -c1 -W1 server");
    await link.up();
    await client.succeed("ping -c1 server");
  });
  // #endregion
});

describe("a group of machines", () => {
  // #region partitions
  const { it, a, c, cluster: group } = cluster({ nodes: { a: {}, b: {}, c: {} } });

  it("is parted for a while", async () => {
    {
      await using apart = await group.network.inject(fault.partition([["a", "b"], ["c"]]));
      expect(group.network.faults).toEqual([apart.fault]);
      await a.succeed("ping -c1 -W5 b");
      await a.fail("ping -c1 -W1 c");
    }
    await a.succeed("ping -c1 -W5 c");
  });

  it("does not hear one of its own", async () => {
    await group.network.inject(fault.cut({ from: "a", to: ["b", "c"] }));
    await c.fail("ping -c1 -W1 a"); // a hears it, and its answer is not heard
    await group.network.heal();
    await c.succeed("ping -c1 -W5 a");
  });
  // #endregion

  // #region schedule
  it("works with whatever goes wrong", async () => {
    await using chaos = await group.network.schedule({
      seed: 42, // the same faults in the same order, each time; without it a failed test tells its own
      every: "500ms",
      from: [fault.loss("30%", { on: "b" }), fault.delay("20ms", { jitter: "10ms" }), fault.isolate(c)],
    });
    await a.waitUntilSucceeds("ping -c1 -W1 b");
    expect(chaos.history.length).toBeGreaterThan(0);
  });
  // #endregion
});
