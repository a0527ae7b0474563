import { expect, it } from "vitest";
import { nothingLeftWithin } from "../harness/leftovers.ts";
import { ownLayers } from "../harness/own-layers.ts";
import { createProject } from "../harness/project.ts";

const runs = process.env["NIGHTLY"] ? 100 : 5;
const nothing = { processes: [], files: [] };

/**
 * A file that looks at its machines as closely as one can, prints what it sees as one line, and then destroys them, each
 * file in another way.
 */
const destroyer = (n: number): string => `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
const ways = [
  async ({ one, two }) => { await one.execute("rm -rf /* 2> /dev/null", { timeout: 20_000 }).catch(() => {}); await two.succeed("rm -f /etc/hosts"); },
  async ({ one, two }) => { await one.crash(); await two.shutdown(); },
  async ({ one }) => { await one.execute("dd if=/dev/zero of=/full bs=1M count=30; mkfs.ext2 /dev/vda || dd if=/dev/urandom of=/dev/vda bs=1M count=16"); },
  async ({ one, two }) => { await one.succeed("date -s 2001-01-01"); await two.succeed("ip link set eth1 down", "hostname mine"); },
  async ({ one }) => { await one.execute("echo c > /proc/sysrq-trigger; sleep 5", { timeout: 3_000 }).catch(() => {}); },
];
describe("pair", () => {
  const { it, one, two } = cluster({ nodes: { one: { disks: ["16M"], allow: ["oops"] }, two: {} } });
  it("is as it was when it was frozen", { timeout: 60_000 }, async () => {
    await Promise.all([one.succeed("ping -c1 two"), two.succeed("ping -c1 one")]);
    const seen = [];
    for (const machine of [one, two]) {
      // Link-local addresses come when the kernel gets round to it.
      seen.push(await machine.succeed(
        "cat /proc/sys/kernel/random/boot_id; hostname; cat /etc/hosts; ip -o addr | sed '/fe80/d; s/valid_lft.*//; s/tentative *//'",
        "find / -xdev | sort | md5sum; find /etc /bin -type f | sort | xargs md5sum | md5sum",
        "md5sum /dev/vda 2> /dev/null || true",
      ));
      expect(Math.abs(Number(await machine.succeed("date +%s")) - Date.now() / 1000)).toBeLessThan(3);
    }
    const random = await one.succeed("head -c 16 /dev/urandom | od -An -tx1");
    process.stderr.write("SEEN " + JSON.stringify({ seen, random }) + "\\n");
    await ways[${String(n)} % ways.length]({ one, two });
  });
});
`;

interface Seen {
  readonly seen: string[];
  readonly random: string;
}

function seenIn(output: string): Seen[] {
  return [...output.matchAll(/^SEEN (.*)$/gm)].map(([, json]) => JSON.parse(json ?? "") as Seen);
}

const files = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${String(n).padStart(3, "0")}.test.ts`, destroyer(n)]));

function expectAlike(all: readonly Seen[], count: number): void {
  expect(all).toHaveLength(count);
  expect(new Set(all.map(({ seen }) => JSON.stringify(seen))).size, JSON.stringify(all, null, 1)).toBe(1);
  expect(new Set(all.map(({ random }) => random)).size, "random numbers are each fork's own").toBe(count);
}

it(
  `files that destroy their machines see the same ${String(runs)} times in a row`,
  { timeout: 120_000 + runs * 20_000 },
  async () => {
    const project = await createProject(files(runs), { env: await ownLayers() });
    const { code, output } = await project.vitest(["run", "--no-file-parallelism"]).exit;
    expect(code, output).toBe(0);
    expect(output.match(/pair: booted in .*; frozen/g)).toHaveLength(1);
    expect(output.match(/pair: forked in /g)).toHaveLength(runs - 1);
    expectAlike(seenIn(output), runs);
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  },
);

it("files that destroy their machines at the same time do not interfere", { timeout: 300_000 }, async () => {
  const project = await createProject(files(6), { env: await ownLayers() });
  const { code, output } = await project.vitest(["run", "--maxWorkers=3"]).exit;
  expect(code, output).toBe(0);
  expect(output.match(/pair: booted in .*; frozen/g)).toHaveLength(1);
  expect(output.match(/pair: forked in /g)).toHaveLength(5);
  expectAlike(seenIn(output), 6);
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});
