import { LocalProcessHost, type Lease, type ProcessHost } from "@vitest-machines/host";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ext4Image } from "../../../../images/tests/support/ext4-image.ts";
import type { Cluster, Machine } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const nodes = { box: { image: ext4Image(), disks: ["16M"] }, peer: {} } as const;
const booting = () => used.lab.events.filter((event) => event.type === "machine-phase" && event.phase === "booting");
const keys = async () => (await used.lab.store.list()).map(({ key }) => key);

let runs = 0;
/** Its own text is a part of its layer's key, the number of its runs is not. */
async function fill({ box, peer }: { box: Machine; peer: Machine }): Promise<void> {
  runs++;
  await box.succeed(
    "mke2fs /dev/vdb > /dev/null 2>&1; mount /dev/vdb /mnt",
    "echo forced > /var/lib/forced; echo forced > /mnt/forced; sync",
    "echo cached > /var/lib/cached; echo cached > /mnt/cached; echo memory > /dev/memory",
  );
  await peer.succeed("ping -c1 box", "echo prepared > /tmp/peer");
}

async function expectPrepared({ machines }: Cluster<typeof nodes>): Promise<void> {
  const files = "/var/lib/forced /mnt/forced /var/lib/cached /mnt/cached /dev/memory";
  expect(await machines.box.succeed(`cat ${files}`)).toBe("forced\nforced\ncached\ncached\nmemory\n");
  expect(await machines.peer.succeed("cat /tmp/peer; ping -c1 -W5 box > /dev/null && echo reached")).toBe(
    "prepared\nreached\n",
  );
}

describe("what is prepared", () => {
  const declaration = { nodes, prepare: { key: "one", run: fill } };
  let base = "";

  it("is done once after the boot, and is frozen as a layer of its own, which later starts fork", async () => {
    const first = await used.lab.start(declaration);
    expect(first.origin).toEqual({ how: "booted", frozen: true });
    await expectPrepared(first);
    await first.stop();
    const second = await used.lab.start(declaration);
    expect(second.origin).toMatchObject({ how: "forked", layerKey: second.forkRecipe?.layerKey });
    await expectPrepared(second);
    expect(runs).toBe(1);
    const all = await keys();
    expect(all).toHaveLength(2);
    base = all.find((key) => key !== second.forkRecipe?.layerKey)!;
    await second.stop();
  });

  it("is done again, on a fork of the booted machines, when its key or its text is another one", async () => {
    const boots = booting().length;
    const other = await used.lab.start({ nodes, prepare: { key: "two", run: fill } });
    await expectPrepared(other);
    await other.stop();
    const run = async ({ box }: { box: Machine }): Promise<void> => {
      await box.fail("ls /var/lib/forced");
      await box.succeed("echo other > /var/lib/other");
    };
    const text = await used.lab.start({ nodes, prepare: { key: "one", run } });
    expect(await text.machines.box.succeed("cat /var/lib/other; ls /var/lib")).not.toContain("forced");
    await text.stop();
    const plain = await used.lab.start({ nodes });
    expect(plain.origin).toMatchObject({ how: "forked", layerKey: base });
    await plain.machines.box.fail("ls /var/lib/other");
    await plain.stop();
    expect(runs).toBe(2);
    expect(await keys()).toHaveLength(4);
    expect(booting()).toHaveLength(boots);
  });

  it("needs nothing of the booted layer: that may go, even while forks run", async () => {
    const cluster = await used.lab.start(declaration);
    const layer = await used.lab.store.find(base);
    await used.lab.store.drop(layer!);
    expect(await keys()).not.toContain(base);
    await expectPrepared(cluster);
    await cluster.machines.box.succeed("echo changed > /var/lib/forced; sync");
    await cluster.reset();
    await expectPrepared(cluster);
    // A machine that boots reads all of its disk.
    await cluster.machines.box.succeed("sync");
    await cluster.machines.box.reboot();
    expect(await cluster.machines.box.succeed("mount /dev/vdb /mnt; cat /var/lib/forced /mnt/cached")).toBe(
      "forced\ncached\n",
    );
    await cluster.stop();
    expect(await used.lab.problems()).toEqual([]);
    expect(runs).toBe(2);
  });
});

it("a start whose preparation throws fails with that very error, and leaves only the booted layer", async () => {
  const before = await keys();
  const leases: Lease[] = [];
  const host = new LocalProcessHost();
  const processHost: ProcessHost = {
    lease: async (request) => {
      const lease = await host.lease(request);
      leases.push(lease);
      return lease;
    },
  };
  const error = new Error("the database has no tables");
  const run = async ({ peer }: { peer: Machine }): Promise<void> => {
    await peer.succeed("true");
    throw error;
  };
  const failing = used.lab.start({ nodes: { peer: {} }, prepare: { key: "broken", run } }, { processHost });
  await expect(failing).rejects.toBe(error);
  expect(leases.filter(({ folder }) => existsSync(folder))).toEqual([]);
  const fresh = (await used.lab.store.list()).filter(({ key }) => !before.includes(key));
  expect(fresh).toMatchObject([{ machines: ["peer"], inUse: false }]);
  expect(readdirSync(join(used.lab.root, ".work"))).toEqual([]);
});

it("a preparation that takes too long ends the start, and says what was going on", async () => {
  const run = async ({ peer }: { peer: Machine }): Promise<void> => {
    await peer.succeed("echo half way");
    await peer.succeed("sleep 1000");
  };
  const endless = used.lab.start({
    name: "slow",
    nodes: { peer: {} },
    prepare: { key: "endless", timeout: 3000, run },
  });
  const error: unknown = await endless.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "PREPARE_TIMEOUT", summary: "slow: its prepare had not finished after 3000 ms" });
  expect(String(error)).toContain("half way");
  expect(readdirSync(join(used.lab.root, ".work"))).toEqual([]);
});

it("machines that are down after the preparation cannot be frozen, and the cluster goes on without", async () => {
  const before = await keys();
  const declaration = {
    name: "one down",
    nodes: { peer: {} },
    prepare: { key: "down", run: ({ peer }: { peer: Machine }) => peer.crash() },
  };
  const cluster = await used.lab.start(declaration);
  expect(cluster.origin).toEqual({ how: "booted", frozen: false });
  expect(used.lab.notices).toContain("one down was not frozen, so it will boot each time: peer is not up");
  expect(cluster.machines.peer.isUp()).toBe(false);
  await cluster.machines.peer.start();
  await cluster.machines.peer.succeed("true");
  await cluster.stop();
  expect(await keys()).toEqual(before);
});

it("without layers it is done after each boot, and after each reset", async () => {
  let count = 0;
  const run = ({ peer }: { peer: Machine }) => peer.succeed(`echo ${++count} >> /tmp/count`);
  const cluster = await used.lab.start({ nodes: { peer: {} }, layers: false, prepare: { key: "k", run } });
  expect(await cluster.machines.peer.succeed("cat /tmp/count")).toBe("1\n");
  // A machine that booted can be taken back to a moment as well.
  await cluster.machines.peer.succeed("echo checkpoint >> /tmp/count");
  await cluster.checkpoint("here");
  await cluster.machines.peer.succeed("echo after >> /tmp/count");
  await cluster.restore("here");
  expect(await cluster.machines.peer.succeed("cat /tmp/count")).toBe("1\ncheckpoint\n");
  await cluster.reset();
  expect(await cluster.machines.peer.succeed("cat /tmp/count")).toBe("2\n");
  await cluster.stop();
});
