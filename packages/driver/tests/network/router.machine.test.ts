import { debian, tiny } from "@vitest-machines/images";
import { expect, it } from "vitest";
import { useLayerLab } from "../support/layer-lab.ts";

const used = useLayerLab();

const declaration = {
  name: "router",
  // The router's own card asks, too, as Debian does it; to the others it is the way out.
  networks: { inside: { ipv4: "10.1.0.0/16", dhcp: true }, outside: { ipv4: "203.0.113.0/24" } },
  nodes: {
    client: {
      vlans: ["inside"],
      routes: [{ to: "default", via: "2001:db8:1::2" }],
    },
    router: {
      // The same as in examples/nat.
      image: debian({
        packages: ["curl", "nftables", "vsftpd"],
        run: ["systemctl disable --quiet nftables vsftpd"],
      }),
      memory: "192M",
      vlans: ["inside", "outside"],
      router: true,
    },
    // Knows no way to the inside.
    server: { vlans: ["outside"] },
  },
} as const;

it.each(["booted", "forked"])("a router lets others out in its own name, %s", { timeout: 400_000 }, async (how) => {
  await using cluster = await used.lab.start(declaration);
  expect(cluster.origin.how).toBe(how);
  const { client, router, server } = cluster.machines;
  expect(await router.succeed("networkctl --no-legend list eth1 eth2")).toMatch(
    /eth1 .*configured *\n.*eth2 .*unmanaged/,
  );
  expect(await router.succeed("ip -o address show dev eth1")).toMatch(/ 10\.1\.0\.2\/16 [^]* 2001:db8:1::2\/64 /);
  await router.succeed("networkctl renew eth1");
  await client.succeed("ping -c1 -W5 203.0.113.3");
  await client.succeed("ping -6 -c1 -W5 2001:db8:2::3");

  await server.succeed("nc -l -p 7 -e cat > /dev/null 2>&1 & while ! netstat -tln | grep -q :7; do sleep 0.1; done");
  await client.succeed("(sleep 30 | nc server 7) > /dev/null 2>&1 &");
  await server.waitUntilSucceeds("netstat -tn | grep ':7 .*203.0.113.2:.*ESTABLISHED'", { timeout: 60_000 });

  await server.fail("ping -c1 -W1 10.1.0.1");
  await router.succeed("nft delete table inet vitest_machines");
  await client.fail("ping -c1 -W1 203.0.113.3");
});

it("a machine whose image cannot translate addresses does not boot", async () => {
  const image = { ...tiny(), lacks: undefined };
  const start = used.lab.start({ nodes: { gate: { image, vlans: [1, 2], router: true } } });
  await expect(start).rejects.toThrow(
    "BOOT_FAILED: gate did not boot: it could not become a router: its image has no nft, which is in Debian's package nftables",
  );
});
