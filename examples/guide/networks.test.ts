import { describe } from "vitest";
import { cluster } from "vitest-machines";

describe("networks with names", () => {
  // #region routed
  const { it, client, router } = cluster({
    networks: {
      lan: { ipv4: "10.1.0.0/16" }, // machine N is 10.1.0.N
      wan: { ipv4: "203.0.113.0/24", ipv6: false, mtu: 1400 },
    },
    nodes: {
      client: { vlans: ["lan"], routes: [{ to: "default", via: "10.1.0.2" }] },
      router: {
        interfaces: {
          inner: { network: "lan" },
          outer: { network: "wan", addresses: ["203.0.113.1/24"] },
        },
        forwarding: true,
      },
      server: {
        interfaces: { eth1: { network: "wan", addresses: ["203.0.113.80/24"] } },
        routes: [{ to: "10.1.0.0/16", via: "203.0.113.1" }],
      },
    },
  });

  it("are joined by a router", async () => {
    await client.succeed("ping -c1 server"); // by name, although they share no network
    await router.succeed("ip link set outer down");
    await client.fail("ping -c1 -W1 server");
  });
  // #endregion
});
