import { expect, it } from "vitest";
import { fault } from "../../../src/index.ts";
import { messageOf, useCluster } from "../../support/use-cluster.ts";

const peer = { vlans: [1], interfaces: { access: { network: 2, untagged: 7 } } };
const lab = useCluster({ nodes: { box: { disks: ["16M"] }, peer } });
const box = () => lab.machine("box");

it("joins the network of a running cluster, and is gone with its scope", async () => {
  {
    await using extra = await lab.cluster.createMachine({ name: "extra", memory: "256M", kernelParams: ["extra=1"] });
    expect(extra.isUp()).toBe(false);
    expect(await extra.succeed("hostname; grep -o extra=1 /proc/cmdline; ping -c1 -W5 peer > /dev/null")).toBe(
      "extra\nextra=1\n",
    );
    // The third machine of two has the third address.
    await box().succeed("ping -c1 -W5 192.168.1.3");
    await expect(lab.cluster.createMachine({ name: "extra" })).rejects.toThrow('"extra" are the same host name');
    expect(lab.cluster.createdMachines).toEqual([extra]);
    expect(lab.cluster.evidence().join("\n")).toContain("extra's last commands");
    expect(await messageOf(lab.cluster.checkpoint("now"))).toMatch(
      /^FREEZE_FAILED: .* while extra runs.*\nShut extra down/,
    );
  }
  expect(lab.cluster.createdMachines).toEqual([]);
});

it("has the faults of the network from when it comes, and leaves none when it goes", async () => {
  const { network } = lab.cluster;
  await network.inject(fault.partition([["box"], ["peer"]]));
  {
    await using extra = await lab.cluster.createMachine({ name: "extra" });
    // In no group, so it hears both.
    await extra.succeed("ping -c1 -W5 box", "ping -c1 -W5 peer");
    await box().fail("ping -c1 -W1 peer");
    {
      await using unheard = await network.inject(fault.cut({ from: extra, to: "peer" }));
      expect(unheard.fault).toMatchObject({ groups: [["extra"], ["peer"]] });
      await extra.fail("ping -c1 -W1 peer");
      await extra.succeed("ping -c1 -W5 box");
    }
    await network.link("extra").set({ loss: "100%" });
    await extra.fail("ping -c1 -W1 box");
    await network.link(extra).heal();
    await network.link(extra).down();
    await extra.waitUntilSucceeds("grep -w 0 /sys/class/net/eth1/carrier");
    await network.inject(fault.isolate(extra));
  }
  await expect(network.inject(fault.isolate("extra"))).rejects.toThrow('"extra" is no machine of this cluster');
  await box().fail("ping -c1 -W1 peer");
  // The cable of that name is out, whoever has it.
  {
    await using extra = await lab.cluster.createMachine({ name: "extra" });
    await extra.waitUntilSucceeds("grep -w 0 /sys/class/net/eth1/carrier");
  }
  const trunk = { name: "trunk", interfaces: { eth1: { network: 2, tagged: [7] } } };
  expect(await messageOf(lab.cluster.createMachine({ ...trunk, vlans: [] }))).toContain(
    "nodes.trunk.interfaces.eth1.network: 2 has a fault now that tagged packets would pass by",
  );
  await network.heal();
  await box().succeed("ping -c1 -W5 peer");
  await network.inject(fault.loss("100%"));
  await using late = await lab.cluster.createMachine({ name: "late" });
  await late.fail("ping -c1 -W1 box");
  await network.heal();
  await late.succeed("ping -c1 -W5 box");
});

it("goes on with the disks of a machine that is off", async () => {
  const disk = "/dev/disk-of-the-test";
  const make = `ln -s "/dev/$(grep -l disk1 /sys/block/*/serial | cut -d/ -f4)" ${disk}`;
  await box().succeed(make, `echo written by box > ${disk}; sync`);
  await expect(lab.cluster.createMachine({ name: "rescue", disksOf: box() })).rejects.toThrow("it runs.\nLet it run");
  await box().shutdown();
  await using rescue = await lab.cluster.createMachine({ name: "rescue", disksOf: box(), vlans: [] });
  expect(await rescue.succeed(make, `head -n1 ${disk}`)).toBe("written by box\n");
  await rescue.succeed(`echo written by rescue > ${disk}; sync`);
  await rescue.crash();
  await using next = await lab.cluster.createMachine({ name: "next", disksOf: rescue, vlans: [] });
  expect(await next.succeed(make, `head -n1 ${disk}`)).toBe("written by rescue\n");
});

it("that nobody ends itself ends with a reset; its own end is told", async () => {
  const extra = await lab.cluster.createMachine({ name: "other" });
  await messageOf(extra.succeed("echo c > /proc/sysrq-trigger; sleep 60"));
  expect(lab.events).toContainEqual(expect.objectContaining({ type: "machine-down", machine: "other" }));
  await extra.start();
  await extra.waitUntilReady();
  await lab.cluster.reset();
  expect(await messageOf(extra.succeed("true"))).toBe(
    "HANDLE_MISUSE: other cannot be used any more: its cluster was reset.",
  );
  await box().succeed("true");
});

it("refuses what cannot work", async () => {
  const create = (declaration: object): Promise<string> =>
    messageOf(lab.cluster.createMachine({ name: "third", ...declaration }));
  expect(await create({ vlans: [7] })).toMatch(/third\.vlans: 7 has no switch\.\nValid: VLANs of the cluster: 1, 2\./);
  expect(await create({ name: "not a name" })).toContain("is not a host name");
  expect(await create({ sise: 1 })).toContain('"sise" is not an option');
  expect(await create({ disksOf: { name: "nobody" } })).toContain("has no machine nobody");
  expect(await create({ disksOf: box(), disks: ["1M"] })).toContain("can be given no others");
});
