import { afterAll, describe, expect } from "vitest";
import { cluster } from "vitest-machines";
import { startWorld } from "./world.ts";

const world = await startWorld();
afterAll(() => world.close());

describe("two machines, one of which has internet", () => {
  const { it, online, offline } = cluster({
    // `internet: true` asks the host's own resolver; here a port of the host's loopback answers for it.
    nodes: { online: { internet: { dns: world.dnsPort } }, offline: {} },
  });
  const { site, privatePort } = world;

  it("the one has its address and a resolver from DHCP, and a way out", async () => {
    const lease = await online.succeed(
      "printf '#!/bin/sh\\nenv > /tmp/lease.$1\\n' > /tmp/note; chmod +x /tmp/note",
      "udhcpc -i eth0 -n -q -s /tmp/note 2> /dev/null > /dev/null; cat /tmp/lease.bound",
    );
    expect(lease).toMatch(/^ip=10\.0\.2\.15$/m);
    expect(lease).toMatch(/^router=10\.0\.2\.2$/m);
    expect(lease).toMatch(/^dns=10\.0\.2\.3$/m);
    await online.succeed("ping -c1 10.0.2.2");
    expect(await online.succeed(`wget -q -O - http://${site.address}:${site.port}/`)).toBe("the internet\n");
    expect(await online.succeed(`wget -q -O - http://www.example.com:${site.port}/`)).toBe("the internet\n");
  });

  it("the other has not", async () => {
    await offline.fail("ip link show eth0");
    expect(await offline.fail(`ping -c1 ${site.address} 2>&1`)).toContain("Network is unreachable");
    await offline.fail(`wget -q -O - http://${site.address}:${site.port}/`);
    await offline.fail(`wget -q -O - http://www.example.com:${site.port}/`);
    // They still have each other.
    await offline.succeed("ping -c1 online");
  });

  it("neither reaches what the host keeps to itself", async () => {
    for (const machine of [online, offline]) {
      for (const address of ["10.0.2.2", "10.0.2.3", "127.0.0.1"]) {
        await machine.fail(`timeout 2 wget -q -O - http://${address}:${privatePort}/`);
      }
    }
  });
});
