import { describe } from "vitest";
import { cluster } from "vitest-machines";

// machine1 ── VLAN 1 ── machine2 ── VLAN 2 ── machine3
describe("three machines on two networks", () => {
  const { it, machine1, machine2, machine3 } = cluster({
    nodes: {
      machine1: { vlans: [1] },
      machine2: { vlans: [1, 2] },
      machine3: { vlans: [2] },
    },
  });

  it("neighbours reach each other", async () => {
    await Promise.all([
      machine1.succeed("ping -c1 machine2"),
      machine2.succeed("ping -c1 machine1"),
      machine2.succeed("ping -c1 machine3"),
      machine3.succeed("ping -c1 machine2"),
    ]);
  });

  it("the ends do not reach each other until the middle forwards and both know the way", async () => {
    // Every machine knows every name, also of machines that it shares no network with.
    await machine1.fail("ping -c1 -W1 machine3");
    await machine3.fail("ping -c1 -W1 machine1");

    await machine2.succeed("echo 1 > /proc/sys/net/ipv4/ip_forward");
    await machine1.succeed("ip route add 192.168.2.0/24 via 192.168.1.2");
    await machine3.succeed("ip route add 192.168.1.0/24 via 192.168.2.2");

    await machine1.succeed("ping -c1 machine3");
    await machine3.succeed("ping -c1 machine1");
  });
});
