import { describe, expect } from "vitest";
import { cluster, debian } from "vitest-machines";

// A router that says who is where: whoever hears it gives itself an address.
const image = debian({
  packages: ["radvd"],
  files: {
    "/etc/radvd.conf": `
interface eth1 {
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 1800;
  prefix fd60:cc69:b537:1::/64 { };
};
`,
  },
});

describe("a network whose router advertises a prefix", () => {
  const { it, client, laptop, router, server } = cluster({
    networks: { lan: { ipv4: false, ipv6: false } },
    nodes: {
      router: {
        image,
        memory: "192M",
        interfaces: { eth1: { network: "lan", addresses: ["fd60:cc69:b537:1::1/64"] } },
        forwarding: true,
        ready: { unit: "radvd.service" },
      },
      server: {
        interfaces: { eth1: { network: "lan", addresses: ["fd60:cc69:b537:1::80/64"] } },
        ready: async (machine) => {
          await machine.succeed("mkdir -p /srv && echo 'hello by IPv6' > /srv/index.html && httpd -p 80 -h /srv");
          await machine.waitForOpenPort(80);
        },
      },
      // Without any address: theirs follow from what the router says.
      client: { interfaces: { eth1: { network: "lan", addresses: [] } } },
      laptop: { interfaces: { eth1: { network: "lan", addresses: [] } } },
    },
  });

  const addresses = "ip -6 -o addr show dev eth1";

  it("gives a machine without configuration a link-local and a global address, and a way out", async () => {
    await client.waitUntilSucceeds(`${addresses} scope link | grep -v tentative`);
    // Made of the machine's MAC, 52:54:00:12:01:01.
    await client.waitUntilSucceeds(`${addresses} scope global | grep -v tentative`);
    expect(await client.succeed(addresses)).toContain("fd60:cc69:b537:1:5054:ff:fe12:101/64");
    expect(await client.succeed("ip -6 route show default")).toMatch(/^default via fe80::\S+ dev eth1/);
    await client.succeed("ping -6 -c1 fd60:cc69:b537:1::1");
    await client.succeed("ping -6 -c1 fe80::5054:ff:fe12:103%eth1");
  });

  it("lets it reach a server by name and by address, from the guest and from the host", async () => {
    expect(await client.succeed("wget -q -O - http://server/")).toBe("hello by IPv6\n");
    expect(await client.succeed("wget -q -O - 'http://[fd60:cc69:b537:1::80]/'")).toBe("hello by IPv6\n");
    expect(await (await client.fetch("http://[fd60:cc69:b537:1::80]/")).text()).toBe("hello by IPv6\n");
    expect(await router.succeed("ip -6 neigh show fd60:cc69:b537:1::80")).not.toContain("FAILED");
    await server.succeed("ping -6 -c1 fd60:cc69:b537:1:5054:ff:fe12:101");
  });

  it("gives a machine that wants privacy a temporary address, which it prefers", async () => {
    await laptop.succeed("echo 2 > /proc/sys/net/ipv6/conf/eth1/use_tempaddr");
    // Temporary addresses are made when a prefix is heard of for the first time.
    await laptop.succeed("ip -6 addr flush dev eth1 scope global");
    await laptop.waitUntilSucceeds("test $(ip -6 -o addr show dev eth1 scope global | grep -vc tentative) = 2");
    const stable = "fd60:cc69:b537:1:5054:ff:fe12:102";
    const temporary = /\b(fd60:cc69:b537:1:\S+)\/64/g;
    const own = [...(await laptop.succeed(`${addresses} scope global`)).matchAll(temporary)].map(([, one]) => one);
    expect(own).toContain(stable);
    const used = await laptop.succeed("ip -6 route get fd60:cc69:b537:1::80");
    expect(used).not.toContain(stable);
    expect(own).toContain(/\bsrc (\S+)/.exec(used)?.[1]);
  });

  it("takes the way out back when the router leaves", async () => {
    await client.waitUntilSucceeds("ip -6 route show default | grep -q via");
    // It says goodbye: a lifetime of 0.
    await router.succeed("systemctl stop radvd");
    await client.waitUntilFails("ip -6 route show default | grep -q via");
  });
});
