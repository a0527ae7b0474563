import { beforeAll, describe, expect, it } from "vitest";
import { ext4Image } from "../../../../images/tests/support/ext4-image.ts";
import type { Cluster, ClusterDeclaration } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const declaration = {
  name: "forks",
  nodes: {
    // The tiny image is quiet.
    left: { kernelParams: ["loglevel=6"] },
    middle: { vlans: [1, 2], userNetwork: true, disks: ["32M", "8M"] },
    right: { vlans: [2], image: ext4Image() },
  },
} satisfies ClusterDeclaration;
type Forks = Cluster<typeof declaration.nodes>;

const questions: [string, ...string[]] = [
  "hostname; cat /etc/hosts; cat /proc/cmdline; uname -a",
  // Link-local addresses come when the kernel gets round to it.
  "ip -o addr | awk '$4 !~ /^fe80/ { print $2, $4 }'; cat /sys/class/net/*/address",
  "grep -v '^[a-z]*fs ' /proc/mounts",
  "cd /sys/block; for d in vd*; do [ -e $d ] && echo $d $(cat $d/serial) $(cat $d/size); done; true",
];

async function answers({ machines }: Forks): Promise<string[]> {
  const own = await Promise.all(Object.values(machines).map((machine) => machine.succeed(...questions)));
  const peers = await Promise.all([
    machines.left.succeed("ping -c1 -W5 middle > /dev/null && ping -6 -c1 -W5 middle > /dev/null && echo reached"),
    machines.middle.succeed("ping -c1 -W5 left > /dev/null && ping -c1 -W5 right > /dev/null && echo reached"),
    machines.right.succeed("ping -c1 -W5 middle > /dev/null && ping -6 -c1 -W5 middle > /dev/null && echo reached"),
    machines.middle.succeed("ping -c1 -W5 10.0.2.2 > /dev/null && udhcpc -i eth0 -n -q -s /bin/true 2>&1 | tail -1"),
  ]);
  await machines.left.fail("ping -c1 -W1 right");
  return [...own, ...peers];
}

let booted: string[] = [];
let boot = "";
beforeAll(async () => {
  const first = await used.lab.start(declaration);
  expect(first.origin).toEqual({ how: "booted", frozen: true });
  booted = await answers(first);
  boot = first.machines.left.consoleLog();
  await first.stop();
});

describe("a fork of a booted cluster", () => {
  it("is what the second start is, under any name, and gives the answers that the first gave", async () => {
    const cluster = await used.lab.start({ ...declaration, name: "others" });
    expect(cluster.origin).toEqual({
      how: "forked",
      layerKey: cluster.forkRecipe?.layerKey,
      ageMs: expect.any(Number),
      madeInMs: expect.any(Number),
      spare: false,
    });
    expect(await answers(cluster)).toEqual(booted);
    await cluster.reset();
    expect(await answers(cluster)).toEqual(booted);
    await cluster.stop();
  });

  it("has on its consoles what the boot printed, and finds it there", async () => {
    const cluster = await used.lab.start(declaration);
    const { left } = cluster.machines;
    expect(left.consoleLog()).toContain("Linux version");
    expect(left.consoleLog().startsWith(boot)).toBe(true);
    const [match] = await left.waitForConsoleText(/Kernel command line: .*/, { timeout: 1_000 });
    expect(match).toContain("loglevel=6");
    await left.succeed("echo from the fork > /dev/console");
    await left.waitForConsoleText(/from the fork/, { timeout: 5_000 });
    expect(left.consoleLog()).toMatch(/Linux version[^]*from the fork/);
    await cluster.reset();
    expect(left.consoleLog()).toContain("Linux version");
    expect(left.consoleLog()).not.toContain("from the fork");
    await cluster.stop();
  });

  it("reboots, goes down and comes up like a machine that booted, from disks of its own", async () => {
    const cluster = await used.lab.start(declaration);
    const { right, middle, left } = cluster.machines;
    const reboot = async () => {
      await left.succeed("echo memory > /tmp/mark");
      await left.reboot();
      await left.fail("cat /tmp/mark");
    };
    const goDown = async () => {
      await middle.succeed("mke2fs /dev/vda > /dev/null 2>&1", "mount /dev/vda /mnt", "echo disk > /mnt/mark");
      await middle.shutdown();
      await middle.start();
      await middle.succeed("mount /dev/vda /mnt");
      expect(await middle.succeed("cat /mnt/mark")).toBe("disk\n");
    };
    const cutPower = async () => {
      await right.succeed("echo forced > /var/lib/mark; sync; echo memory > /tmp/mark");
      await right.crash();
      await expect(right.succeed("true")).rejects.toThrow("MACHINE_DOWN: right is down: it was crashed by crash().");
      await right.start();
      expect(await right.succeed("cat /var/lib/mark")).toBe("forced\n");
    };
    await Promise.all([reboot(), goDown(), cutPower()]);
    await left.waitUntilSucceeds("ping -c1 -W1 middle", { timeout: 10_000 });
    await right.succeed("ping -c1 -W5 middle");
    await cluster.reset();
    await right.fail("cat /var/lib/mark");
    expect(await answers(cluster)).toEqual(booted);
    await cluster.stop();
    expect(await used.lab.problems()).toEqual([]);
  });
});
