import { tiny, type BootFiles, type Image } from "@vitest-machines/images";
import { describe, expect, it } from "vitest";
import { fault } from "../../src/index.ts";
import { childrenOf } from "../support/children.ts";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();

const declaration = {
  name: "dhcp",
  networks: { lan: { ipv4: "10.1.0.0/16", mtu: 1400, dhcp: { router: "gate", dns: "gate" } }, wan: { vlan: 9 } },
  nodes: {
    // Its way to the other network begins with an address that it asks for.
    client: { vlans: ["lan"], routes: [{ to: "192.168.9.0/24", via: "10.1.0.3" }] },
    far: { vlans: ["wan"], routes: [{ to: "10.1.0.0/16", via: "192.168.9.3" }] },
    gate: {
      interfaces: { eth1: { network: "lan", dhcp: false }, eth2: { network: "wan" }, late: { network: 7, dhcp: true } },
      forwarding: true,
    },
    // No address is declared for it.
    other: { interfaces: { eth1: { network: "lan", addresses: [], dhcp: true } } },
    // A server of its own kind, which a test starts.
    server: { interfaces: { eth1: { network: 7, addresses: ["10.7.0.1/24"] } } },
  },
} as const;

const renew = "kill -USR1 $(cat /run/udhcpc.eth1.pid)";
const leases = "grep -c obtained /run/udhcpc.eth1.log";
const address = "ip -4 -o address show dev eth1 | sed 's/.*inet //; s/ .*//'";

describe.each(["booted", "forked"])("a network with a DHCP server, %s", { timeout: 120_000 }, (how) => {
  it("gives cards the addresses that they are known by, and others some of what is left", async () => {
    await using cluster = await used.lab.start(declaration);
    expect(cluster.origin.how).toBe(how);
    const { client, gate, other, far } = cluster.machines;
    expect(await client.succeed(address)).toBe("10.1.0.1/16\n");
    expect(await far.succeed("grep client /etc/hosts")).toBe("10.1.0.1 client\n2001:db8:1::1 client\n");
    expect(await client.succeed("ip route | grep default; cat /etc/resolv.conf")).toMatch(
      /^default via 10\.1\.0\.3 dev eth1 +metric 1024 *\nnameserver 10\.1\.0\.3\n$/,
    );
    await client.succeed("ping -c1 -W5 far");
    await far.succeed("ping -c1 -W5 client");

    const given = await other.waitUntilSucceeds(`${address} | grep .`, { timeout: 30_000 });
    expect(given).toMatch(/^10\.1\.(12[89]|1[3-9]\d|2\d\d)\.\d+\/16\n$/);
    expect(await other.succeed("cat /sys/class/net/eth1/mtu")).toBe("1400\n");
    // A server without a memory, as in a fork, takes what cards have.
    for (const machine of [client, other]) {
      const before = Number(await machine.succeed(leases));
      await machine.succeed(renew);
      await machine.waitUntilSucceeds(`[ $(${leases}) -gt ${before} ]`, { timeout: 30_000 });
    }
    expect(await other.succeed(address)).toBe(given);

    // As somebody that nobody has heard of.
    await other.succeed("kill $(cat /run/udhcpc.eth1.pid); ip link set eth1 down address 02:00:00:00:00:77 up");
    const ask = "udhcpc -i eth1 -n -q -f -t 5 -T 1 -s /run/udhcpc.script";
    expect(await other.succeed(`${ask} 2>&1`)).toMatch(/lease of 10\.1\./);
    expect(await gate.succeed("ip -4 -o address show dev late")).toBe("");
  });
});

describe("on a network", () => {
  it(
    "the server is heard by whom a fault does not part from all, and told of when it ends",
    { timeout: 120_000 },
    async () => {
      await using cluster = await used.lab.start(declaration);
      const { client } = cluster.machines;
      const ask = "udhcpc -i eth1 -n -q -f -t 3 -T 1 -s /bin/true 2>&1";
      await cluster.network.inject(fault.partition([["client"], ["gate", "other"]]));
      await client.fail("ping -c1 -W1 10.1.0.3");
      expect(await client.succeed(ask)).toContain("lease of 10.1.0.1 obtained");
      await cluster.network.inject(fault.isolate("client"));
      await client.fail(ask);
      await cluster.network.heal();
      expect(await client.succeed(ask)).toContain("lease of 10.1.0.1 obtained");

      {
        await using added = await cluster.createMachine({ name: "added", vlans: ["lan"] });
        expect(await added.succeed(address)).toBe("10.1.0.6/16\n");
      }
      await client.reboot();
      // An agent that was replaced starts no second client.
      await client.reconnect(() => client.execute("killall -9 agent; sleep 60"));
      expect(await client.succeed("pidof udhcpc | wc -w")).toBe("1\n");
      await client.succeed("ping -c1 -W5 far");

      await cluster.reset();
      expect(await client.succeed(ask)).toContain("lease of 10.1.0.1 obtained");

      const [server = 0] = childrenOf("dhcp/main.js");
      process.kill(server, "SIGKILL");
      await expect
        .poll(() => cluster.machines.client.evidence().join("\n"))
        .toContain("The DHCP server of VLAN 1 was killed by SIGKILL; nobody on its network is given an address now.");
    },
  );

  it("without one, a card is answered by a machine that is one", async () => {
    await using cluster = await used.lab.start(declaration);
    const { server, gate } = cluster.machines;
    await server.succeed(
      "printf 'start 10.7.0.50\\nend 10.7.0.50\\ninterface eth1\\nlease_file /run/leases\\n' > /tmp/udhcpd.conf",
    );
    await server.succeed("mkdir -p /run; touch /run/leases; busybox udhcpd /tmp/udhcpd.conf");
    await gate.waitUntilSucceeds("ip -4 -o address show dev late | grep 'inet 10.7.0.50/'", { timeout: 30_000 });
  });
});

it("a card that got no address fails the boot, which says what was heard of it", { timeout: 60_000 }, async () => {
  const whose = (dhcp: BootFiles["dhcp"]): Image => ({
    ...tiny(),
    key: `tiny-${dhcp?.start.join(" ")}`,
    prepare: async (options) => ({ ...(await tiny().prepare(options)), dhcp }),
  });
  const start = (dhcp: BootFiles["dhcp"]): Promise<unknown> =>
    used.lab.start({
      networks: { lan: { dhcp: true } },
      nodes: { a: { image: whose(dhcp), vlans: ["lan"] } },
      bootTimeout: 10_000,
      layers: false,
    });
  const asksInVain = "udhcpc -i eth1 -n -q -f -t 1 -T 1 -s /bin/true";
  await expect(start({ start: ["sh", "-c", asksInVain], isEarly: false })).rejects.toThrow(
    /BOOT_TIMEOUT: a was not ready within 1\d\.\d s: its card eth1 did not get 192\.168\.1\.1 by DHCP\.[^]*52:54:00:12:01:01 DISCOVER: OFFER 192\.168\.1\.1[^]*eth1 is:\n/,
  );
  await expect(start(undefined)).rejects.toThrow(
    "BOOT_FAILED: a did not boot: eth1 would ask for an address, and its image knows no DHCP client",
  );
});
