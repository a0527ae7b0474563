import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProject } from "../support/run-vitest.ts";

it("a failed test shows what passed in it, and its suite leaves the packets; others leave none", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { describe, expect } from "vitest";
      import { cluster, defineCluster } from "vitest-machines";
      const pair = defineCluster({ networks: { lan: {} }, nodes: { a: { vlans: ["lan"] }, b: { vlans: ["lan"] } }, capture: true });
      describe("failing", () => {
        const { it, a, cluster: own } = cluster({ ...pair, name: "failing" });
        it("is well", () => a.succeed("ping -c1 -s100 -W5 b"));
        it("loses a packet", async () => {
          await own.network.link("b").down();
          await a.succeed("ping -c1 -W1 b");
        });
      });
      describe("passing", () => {
        const { it, a, cluster: own } = cluster({ ...pair, name: "passing" });
        let left;
        it("captures for a test", async () => {
          left = await own.network.capture();
          await a.succeed("ping -c1 -s100 -W5 b");
        });
        it("and no longer", async () => {
          await a.succeed("ping -c1 -s100 -W5 b");
          const mine = (await left.all({ protocol: "icmp", from: a })).filter(({ length }) => length === 142);
          expect(mine).toHaveLength(1);
        });
        it("waits within its time", { timeout: 2000 }, async () => {
          for await (const packet of own.network.packets({ protocol: "dns" })) throw new Error(String(packet));
        });
      });`,
  });
  const { tests, errors, test } = await project.run({ driver: "real", config: { testTimeout: 60_000 } });
  expect(tests).toEqual({
    "failing > is well": "passed",
    "failing > loses a packet": "failed",
    "passing > captures for a test": "passed",
    "passing > and no longer": "passed",
    "passing > waits within its time": "failed",
  });
  const told = test("failing > loses a packet")
    .annotations()
    .find(({ type }) => type === "packets")?.message;
  expect(told).toMatch(/lan, icmp: a ↔ b \(1 packet, 1 lost\)\n.*a → b {2}icmp echo request 0 {2}— not seen at b/);
  expect(told).toMatch(/\nAll packets, when the suite has ended: .*failing\/packets\/lan\.pcapng$/);
  expect(errors["passing > waits within its time"]![0]).toMatch(
    /^ABORTED: waited \d\.\d s for a packet with \{"protocol":"dns"\}, in vain: the test's time of 2000 ms is over\./,
  );
  const runs = join(project.root, ".vitest-machines");
  const [run] = (await readdir(runs)).filter((name) => !name.startsWith("."));
  const left = (await readdir(join(runs, run!), { recursive: true })).filter((name) => /packets/.test(name));
  expect(left.sort()).toEqual(
    ["failing", "passing"].flatMap((name) => [`${name}/packets`, `${name}/packets/lan.pcapng`]),
  );
  // What the first test has sent is there, too: at both cards, there and back.
  const file = await readFile(join(runs, run!, "failing/packets/lan.pcapng"), "latin1");
  expect(file.split("\x08\x00\x45\x00\x00\x80").length - 1).toBe(4);
});
