import { describe, expect } from "vitest";
import { cluster, type Machine } from "vitest-machines";

/** A card for one VLAN of a trunk port, as `ip` makes it. */
const addVlan = (machine: Machine, id: number, address: string) =>
  machine.succeed(
    `ip link add link eth1 name vlan${id} type vlan id ${id}
     ip addr add ${address} dev vlan${id}
     ip link set vlan${id} up`,
  );

// One switch, three VLANs: staff in 10, guests in 20, and what is in none.
describe("a switch with VLANs", () => {
  // #region declaration
  const { it, router, backup, alice, bob, carol, eve } = cluster({
    networks: { office: { ipv4: false, ipv6: false } },
    nodes: {
      // Trunk ports: frames of both VLANs pass with their tags.
      router: { interfaces: { eth1: { network: "office", tagged: [10, 20] } }, forwarding: true },
      backup: { interfaces: { eth1: { network: "office", tagged: [10, 20] } } },
      // Access ports: the machines know nothing of VLANs.
      alice: {
        interfaces: { eth1: { network: "office", untagged: 10, addresses: ["10.0.10.2/24"] } },
        routes: [{ to: "default", via: "10.0.10.1" }],
      },
      bob: { interfaces: { eth1: { network: "office", untagged: 10, addresses: ["10.0.10.3/24"] } } },
      carol: {
        interfaces: { eth1: { network: "office", untagged: 20, addresses: ["10.0.20.2/24"] } },
        routes: [{ to: "default", via: "10.0.20.1" }],
      },
      // An ordinary port, on the network itself.
      eve: { interfaces: { eth1: { network: "office", addresses: ["10.0.10.4/24"] } } },
    },
    prepare: {
      key: "cards of the trunk ports",
      async run({ router: onAStick, backup: other }) {
        await addVlan(onAStick, 10, "10.0.10.1/24");
        await addVlan(onAStick, 20, "10.0.20.1/24");
        await addVlan(other, 10, "10.0.10.9/24");
        await addVlan(other, 20, "10.0.20.9/24");
      },
    },
  });
  // #endregion

  it("joins who is in one VLAN, and nobody else", async () => {
    await alice.succeed("ping -c1 10.0.10.3");
    await eve.fail("ping -c1 -W1 10.0.10.2");
    // Not by an address on the same network either: carol has none of VLAN 10.
    await carol.succeed("ip addr add 10.0.10.5/24 dev eth1");
    await carol.fail("ping -c1 -W1 10.0.10.3");
    await carol.succeed("ip addr del 10.0.10.5/24 dev eth1");
  });

  it("passes tagged frames from trunk to trunk, as large as others", async () => {
    await router.succeed("ping -c1 -s 1472 10.0.10.9");
    await router.succeed("ping -c1 -s 1472 10.0.20.9");
    expect(await backup.succeed("cat /proc/net/vlan/vlan20")).toMatch(/VID: 20\b[^]*total frames received +[1-9]/);
  });

  it("lets a router with one card join the VLANs", async () => {
    expect(await alice.succeed("ping -c1 carol")).toContain("ttl=63");
    await router.succeed("ip link set vlan20 down");
    await alice.fail("ping -c1 -W1 carol");
    await router.succeed("ip link set vlan20 up");
    await alice.succeed("ping -c1 carol");
  });

  it("brings no tagged frame to a port that is in no VLAN, nor to another VLAN's", async () => {
    // Both could read tags, if there were any.
    await addVlan(eve, 10, "10.0.10.4/24");
    await addVlan(bob, 20, "10.0.20.4/24");
    await router.succeed("ping -c1 10.0.10.9 && ping -c1 10.0.20.9 && ping -c1 10.0.20.2");
    await eve.fail("ping -c1 -W1 -I vlan10 10.0.10.1");
    await bob.fail("ping -c1 -W1 -I vlan20 10.0.20.1");
    const received = "cat /sys/class/net/vlan*/statistics/rx_packets";
    expect([await eve.succeed(received), await bob.succeed(received)]).toEqual(["0\n", "0\n"]);
  });
});
