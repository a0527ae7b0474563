import { expect, it } from "vitest";
import { createProject } from "../support/run-vitest.ts";

it("faults end with the test that made them, however it ends, and a failed test tells them", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { beforeAll, describe, expect } from "vitest";
      import { cluster, fault } from "vitest-machines";
      describe("net", () => {
        const { it, a, b, cluster: net } = cluster({ nodes: { a: {}, b: {} } });
        beforeAll(() => net.network.inject(fault.delay("30ms", { on: b })));
        const works = async () => {
          expect(net.network.faults).toHaveLength(1);
          await a.waitUntilSucceeds("ping -c1 -W1 b");
          expect(await a.succeed("ping -c3 -i 0.1 b")).toMatch(/min.avg.max = ([6-9]\\d|\\d{3,})\\./);
        };
        it("fails", async () => {
          await net.network.link("b").set({ loss: "100%" });
          throw new Error("on purpose");
        });
        it("is as the suite wants it, after a failure", works);
        it("runs out of time", { timeout: 2000 }, async () => {
          await net.network.inject(fault.isolate("b"));
          await net.network.link(a).down();
          await a.succeed("sleep 60");
        });
        it("is as the suite wants it, after a time-out", works);
        it("heals everything", () => net.network.heal());
        it("is as the suite wants it, after a heal", works);
        it("blames the line", () => net.network.link("b").set({ loss: "lots" }));
      });
      describe("chaos", () => {
        const faults = { every: "60s", from: [fault.isolate("b")] };
        const { it, a, b, cluster: net } = cluster({ reset: "test", faults, nodes: { a: {}, b: {} } });
        for (const name of ["first", "second"])
          it(name, async () => {
            await expect.poll(() => net.network.faults.length).toBe(1);
            await a.fail("ping -c1 -W1 b");
            if (name === "second") throw new Error("on purpose");
          });
      });
      describe("renewed", () => {
        const { it, a, b, cluster: net } = cluster({ reset: "test", nodes: { a: {}, b: {} } });
        it("breaks all there is", async () => {
          await net.network.link(b).set({ delay: "30ms" });
          await net.network.inject(fault.cut({ from: a, to: b }));
          await net.network.link(a).down();
          await net.network.schedule({ every: "10ms", from: [fault.isolate("b")] });
          await a.fail("ping -c1 -W1 b");
        });
        for (const name of ["is a fork", "is another fork"])
          it(name + " without faults", async () => {
            expect([net.network.faults, net.network.schedules]).toEqual([[], []]);
            expect(await a.succeed("ping -q -c20 -i 0.02 b")).toContain(" 0% packet loss");
          });
      });`,
  });
  const { tests, errors, test } = await project.run({ driver: "real", config: { testTimeout: 60_000 } });
  expect(tests).toEqual({
    "net > fails": "failed",
    "net > is as the suite wants it, after a failure": "passed",
    "net > runs out of time": "failed",
    "net > is as the suite wants it, after a time-out": "passed",
    "net > heals everything": "passed",
    "net > is as the suite wants it, after a heal": "passed",
    "net > blames the line": "failed",
    "chaos > first": "passed",
    "chaos > second": "failed",
    "renewed > breaks all there is": "passed",
    "renewed > is a fork without faults": "passed",
    "renewed > is another fork without faults": "passed",
  });
  expect(errors["net > blames the line"]![0]).toContain('link.loss: "lots" is not a share');
  const evidence = (name: string): string =>
    test(name)
      .annotations()
      .map(({ message }) => message)
      .join("\n");
  expect(evidence("net > fails")).toMatch(
    /Faults of the network:\ndelay 30ms, link of b\nloss 100%, what comes to b on eth1/,
  );
  expect(evidence("net > runs out of time")).toContain("isolated: b\ncable out, link of a on eth1");
  expect(evidence("chaos > second")).toMatch(/which seed: \d+ replays:\n {2}0–60000 ms: isolated: b/);
});
