import { describe, expect } from "vitest";
import { cluster, retry } from "vitest-machines";

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

describe("a mirror port", () => {
  // #region mirror
  const { it, client, ids } = cluster({
    networks: { lan: { ipv4: "10.1.0.0/16" } },
    nodes: {
      client: { vlans: ["lan"] },
      server: { vlans: ["lan"] },
      ids: { interfaces: { eth1: { network: "lan", mirror: true } } },
    },
  });

  it("shows one machine what others say to each other", async () => {
    const seen = async () => Number(await ids.succeed("cat /sys/class/net/eth1/statistics/rx_packets"));
    const before = await seen();
    await client.succeed("ping -c3 server");
    await retry(async () => expect((await seen()) - before).toBeGreaterThanOrEqual(6)); // a copy comes a moment later
  });
  // #endregion
});

describe("networks with DHCP", () => {
  // #region dhcp
  const { it, laptop, printer, server } = cluster({
    networks: { lan: { ipv4: "10.1.0.0/16", dhcp: true } },
    nodes: {
      printer: { vlans: ["lan"] }, // asks for its address, 10.1.0.2
      server: { interfaces: { eth1: { network: "lan", dhcp: false } } }, // has 10.1.0.3 and asks nobody
      laptop: { interfaces: { eth1: { network: "lan", dhcp: true, addresses: [] } } }, // gets any that is free
    },
  });

  it("give addresses to who asks", async () => {
    await server.succeed("ping -c1 printer");
    await printer.succeed("kill -USR2 $(cat /run/udhcpc.eth1.pid)"); // gives it back
    await server.waitUntilFails("ping -c1 -W1 printer");
    await printer.succeed("kill -USR1 $(cat /run/udhcpc.eth1.pid)"); // asks anew
    await server.waitUntilSucceeds("ping -c1 -W1 printer");
    await laptop.waitUntilSucceeds("ping -c1 -W1 server");
  });
  // #endregion
});
