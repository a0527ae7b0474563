import { cacheFolder, folderOwner } from "@vitest-machines/host";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../../src/index.ts";
import { messageOf } from "../../support/use-cluster.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const nodes = { a: { disks: ["8M"] }, b: {} } as const;
let cluster: Cluster<typeof nodes>;

beforeAll(async () => {
  cluster = await used.lab.start({ name: "moments", nodes });
  await cluster.machines.a.succeed("echo 0 > /tmp/memory; echo 0 > /dev/vda; sync");
});

/** What both places say, and that the peer is still there. */
const state = async (): Promise<string> => {
  const text = await cluster.machines.a.succeed("cat /tmp/memory; head -n1 /dev/vda; ping -c1 -W5 b > /dev/null");
  return text.trim().split("\n").join(" ");
};
const write = (text: string) => cluster.machines.a.succeed(`echo ${text} > /tmp/memory; echo ${text} > /dev/vda`);

/** Folders with checkpoints of this process. */
function folders(): string[] {
  const base = join(cacheFolder(), "checkpoints");
  if (!existsSync(base)) return [];
  return readdirSync(base).filter((name) => folderOwner(join(base, name))?.pid === process.pid);
}

describe("checkpoints", () => {
  it("are restored in any order and again and again, and are moments of their own", async () => {
    for (const name of ["one", "two", "three"]) {
      await write(name);
      await cluster.checkpoint(name);
      // It goes on, and what it does then is not in the checkpoint.
      await write(`after-${name}`);
      expect(await state()).toBe(`after-${name} after-${name}`);
    }
    for (const name of ["two", "one", "three", "one"]) {
      await cluster.restore(name);
      expect(await state()).toBe(`${name} ${name}`);
    }
    // Of machines that were restored, a further one.
    await write("branch");
    await cluster.checkpoint("branch");
    await cluster.restore("two");
    await cluster.restore("branch");
    expect(await state()).toBe("branch branch");
  });

  it("give their name to the last one that was taken with it", async () => {
    await write("again");
    await cluster.checkpoint("two");
    await cluster.restore("one");
    await cluster.restore("two");
    expect(await state()).toBe("again again");
  });

  it("are still there after a reset, a crash and a boot", async () => {
    await cluster.reset();
    expect(await cluster.machines.a.succeed("ls /tmp")).not.toContain("memory");
    await cluster.machines.a.crash();
    await cluster.restore("one");
    expect(await state()).toBe("one one");
  });

  it("that are asked for at once are taken and restored in turn", async () => {
    await Promise.all([
      cluster.restore("one"),
      cluster.checkpoint("copy"),
      cluster.restore("three"),
      cluster.restore("copy"),
    ]);
    expect(await state()).toBe("one one");
  });

  it("that nobody took cannot be restored, and the machines go on", async () => {
    expect(await messageOf(cluster.restore("four"))).toMatch(
      'HANDLE_MISUSE: there is no checkpoint "four"\nThere are: one, two, three, branch, copy.',
    );
    expect(await state()).toBe("one one");
  });

  it("that are given up half-way leave the machines going on, and nothing else", async () => {
    let given = 0;
    for (const ms of [1, 30, 60, 120, 240, 400]) {
      const signal = AbortSignal.timeout(ms);
      const end = await messageOf(cluster.checkpoint("given up", { signal }));
      if (end !== "it did not fail") {
        given++;
        expect(end).toMatch(/^ABORTED: /);
      }
      expect(await state()).toBe("one one");
    }
    expect(given).toBeGreaterThan(1);
    await cluster.restore("copy");
    expect(await state()).toBe("one one");
    const [folder = ""] = folders();
    // Those of one, two, three, branch, copy, and perhaps the one that was fast enough.
    expect(readdirSync(join(cacheFolder(), "checkpoints", folder)).filter((name) => /^\d+$/.test(name)).length).toBe(
      (await messageOf(cluster.restore("given up"))) === "it did not fail" ? 6 : 5,
    );
  });

  it("need machines that are up", async () => {
    await cluster.machines.b.crash();
    expect(await messageOf(cluster.checkpoint("down"))).toMatch("MACHINE_DOWN: b is down: it was crashed by crash().");
    await cluster.restore("one");
    expect(await state()).toBe("one one");
  });

  it("are gone with their cluster", async () => {
    expect(folders()).toHaveLength(1);
    await cluster.stop();
    expect(folders()).toEqual([]);
  });
});
