import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ext4Image } from "../../../../images/tests/support/ext4-image.ts";
import type { Cluster, Machine } from "../../../src/index.ts";
import { useLayerLab } from "../../support/layer-lab.ts";

const used = useLayerLab();
const nodes = { victim: { image: ext4Image(), disks: ["8M"] }, peer: {} } as const;
const rounds = process.env["NIGHTLY"] ? 100 : 5;

/** All that a suite could have changed: every file of the disk, memory, the clock, the disks' free space, the network. */
async function portrait({ victim, peer }: { victim: Machine; peer: Machine }): Promise<string[]> {
  const disk =
    "find / -xdev -type f | sort | xargs sha256sum | sha256sum; df / | tail -1; head -c 65536 /dev/vdb | sha256sum";
  // The kernel gives a card its link-local address within a second of its own, before or after a freeze.
  const network = "ip -o addr | awk '$4 !~ /^fe80/ { print $2, $4 }'; ip route; cat /etc/hosts; hostname";
  const processes = "ps -o args | grep -v -e 'ps -o' -e '^sh' -e kworker -e '\\[' | sort";
  return Promise.all([
    victim.succeed(disk, "ls -l /dev /tmp | awk '{ print $1, $NF }'", network, processes),
    peer.succeed(network, "ls /tmp /var/lib", "ping -c1 -W5 victim > /dev/null && echo reached"),
  ]);
}

/** What suites do to machines; most of it ends with a machine that can do nothing any more. */
const disasters: Record<string, (machines: { victim: Machine; peer: Machine }) => Promise<unknown>> = {
  "rm -rf /": async ({ victim }) => {
    await victim.execute("rm -rf /bin/[a-r]* /etc /lib /sbin /usr /var /dev/* /init; sync; rm -rf /* 2> /dev/null");
    await expect(victim.succeed("ls /")).rejects.toThrow("COMMAND_FAILED");
  },
  "a power cut": async ({ victim, peer }) => {
    await victim.succeed("echo x > /var/lib/x; sync");
    await Promise.all([victim.crash(), peer.crash()]);
  },
  "a full disk": async ({ victim, peer }) => {
    await victim.execute(
      "dd if=/dev/urandom of=/full bs=64k 2> /dev/null; dd if=/dev/urandom of=/dev/vdb bs=64k; sync",
    );
    // What ext4 had set aside for its own tables is free again after the sync.
    await victim.execute(
      "number=0; while echo more > /more$number && sync && [ -s /more$number ]; do number=$((number + 1)); done",
    );
    await victim.fail("echo more > /more && sync && [ -s /more ]");
    await peer.succeed("dd if=/dev/zero of=/tmp/full bs=1M count=16 2> /dev/null");
  },
  "another time": async ({ victim, peer }) => {
    await Promise.all([victim, peer].map((machine) => machine.succeed("date -s @1 && touch /tmp/old")));
  },
  "a cut network": async ({ victim, peer }) => {
    await Promise.all([victim, peer].map((machine) => machine.succeed("ip link set eth1 down; hostname nobody")));
  },
  "a kernel that panics": async ({ victim }) => {
    await victim.execute("echo c > /proc/sysrq-trigger").catch(() => undefined);
  },
};

/** By path: what a file is, to the nanosecond. */
function stamps(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const { ino, size, mtimeNs, ctimeNs } = statSync(join(parentPath, name), { bigint: true });
      return [join(parentPath, name), [ino, size, mtimeNs, ctimeNs].join(" ")];
    }),
  );
}

describe("a cluster that was destroyed", () => {
  it(`is after a reset as it was at the beginning, ${rounds} times in a row`, { timeout: 600_000 }, async () => {
    const cluster = await used.lab.start({ nodes });
    const layer = join(used.lab.root, cluster.forkRecipe!.layerKey);
    const before = stamps(layer);
    const beginning = await portrait(cluster.machines);
    const kinds = Object.entries(disasters);
    for (let round = 0; round < rounds; round++) {
      const [name, disaster] = kinds[round % kinds.length]!;
      await disaster(cluster.machines);
      await cluster.reset();
      // Looking at everything takes longer than all else: after each kind once, and now and then from there on.
      if (round < kinds.length || round % 10 === 0 || round === rounds - 1) {
        expect(await portrait(cluster.machines), `after ${name}, round ${round}`).toEqual(beginning);
      }
      const clock = Number(await cluster.machines.victim.succeed("date +%s"));
      expect(Math.abs(clock - Date.now() / 1000), `after ${name}, round ${round}`).toBeLessThan(2);
    }
    await cluster.stop();
    expect(stamps(layer)).toEqual(before);
    expect(await used.lab.problems()).toEqual([]);
  });

  it("does not affect the next suite, which is a fork of the same layer", async () => {
    const first = await used.lab.start({ nodes });
    const beginning = await portrait(first.machines);
    await disasters["rm -rf /"]!(first.machines);
    await first.stop();
    const second = await used.lab.start({ nodes });
    expect(second.origin.how).toBe("forked");
    expect(await portrait(second.machines)).toEqual(beginning);
    await second.stop();
  });
});

it("three clusters that are forked from one layer at once do not interfere", async () => {
  type Lab = Cluster<typeof nodes>;
  const clusters: Lab[] = await Promise.all([0, 1, 2].map(() => used.lab.start({ nodes })));
  expect(new Set(clusters.map(({ forkRecipe }) => forkRecipe?.layerKey)).size).toBe(1);
  const work = async (cluster: Lab, id: number): Promise<void> => {
    const { victim, peer } = cluster.machines;
    // The same addresses and port in each: only its own peer may be heard.
    const heard = peer.succeed("nc -l -p 7000");
    await peer.waitUntilSucceeds("netstat -ltn | grep :7000");
    await victim.succeed(`echo ${id} > /var/lib/id; echo ${id} > /dev/vdb; sync; echo ${id} | nc peer 7000`);
    expect(await heard).toBe(`${id}\n`);
    for (let reset = 0; reset < 3; reset++) {
      expect(await victim.succeed("cat /var/lib/id; head -n1 /dev/vdb")).toBe(`${id}\n${id}\n`);
      if (id === 1) await disasters["rm -rf /"]!(cluster.machines);
      await cluster.reset();
      await victim.fail("cat /var/lib/id");
      await victim.succeed(`echo ${id} > /var/lib/id; echo ${id} > /dev/vdb`);
    }
  };
  await Promise.all(clusters.map(work));
  // The end of one is not the end of another.
  await clusters[0]!.stop();
  expect(await clusters[2]!.machines.victim.succeed("cat /var/lib/id; ping -c1 -W5 peer > /dev/null")).toBe("2\n");
  await Promise.all(clusters.map((cluster) => cluster.stop()));
  expect(await used.lab.problems()).toEqual([]);
});
