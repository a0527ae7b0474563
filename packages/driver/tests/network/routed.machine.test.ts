import { describe, expect, it } from "vitest";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();

const declaration = {
  name: "routed",
  networks: {
    lan: { ipv4: "10.1.0.0/16", ipv6: "fd00:1::/64" },
    wan: { ipv4: "203.0.113.0/24", ipv6: false, mtu: 1400 },
  },
  nodes: {
    client: {
      vlans: ["lan"],
      routes: [
        { to: "default", via: "10.1.0.2" },
        { to: "2001:db8:77::/48", via: "fd00:1::2" },
      ],
    },
    router: {
      interfaces: {
        inner: { network: "lan" },
        outer: { network: "wan", addresses: ["203.0.113.1/24", "2001:db8:77::1/64"] },
      },
      forwarding: true,
    },
    server: {
      interfaces: {
        eth1: { network: "wan", addresses: ["203.0.113.80/24", "2001:db8:77::80/64"] },
        // A second card on the same network, without an address.
        spare: { network: "wan" },
      },
      routes: [
        { to: "10.1.0.0/16", via: "203.0.113.1" },
        { to: "fd00:1::/64", via: "2001:db8:77::1" },
      ],
    },
  },
} as const;

describe.each(["booted", "forked"])("routed networks, %s", (how) => {
  it("have the addresses, cards and MTUs that were declared, and the way between them goes by the router", async () => {
    const cluster = await used.lab.start(declaration);
    expect(cluster.origin.how).toBe(how);
    const { client, router, server } = cluster.machines;
    expect(await router.succeed("ip -o -4 addr show dev inner")).toContain("inet 10.1.0.2/16");
    expect(await server.succeed("cat /sys/class/net/eth1/mtu /sys/class/net/spare/mtu")).toBe("1400\n1400\n");
    expect(await server.succeed("ip -o -4 addr show dev spare")).toBe("");

    await client.succeed("ping -c1 -W5 203.0.113.80");
    await client.succeed("ping -6 -c1 -W5 2001:db8:77::80");
    // By name, although no network is shared; and one hop further away than a neighbour.
    expect(await client.succeed("ping -c1 -W5 server")).toContain("ttl=63");
    await client.succeed("ping -c1 -W5 router");

    await router.succeed("echo 0 > /proc/sys/net/ipv4/ip_forward");
    await client.fail("ping -c1 -W1 203.0.113.80");
    await cluster.stop();
  });
});
