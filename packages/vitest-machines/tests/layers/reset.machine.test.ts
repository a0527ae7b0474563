import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ownCache } from "../support/own-cache.ts";
import { createProject, type Project } from "../support/run-vitest.ts";

const config = { testTimeout: 60_000 };
const head = `
import { beforeAll, describe, expect } from "vitest";
import { cluster } from "vitest-machines";
`;

beforeEach(async () => {
  await ownCache();
});

/** What the trace of the last run says of a machine: its commands, and when it was ready. */
async function story(project: Project, machine: string): Promise<string[]> {
  const runs = (await readdir(join(project.root, ".vitest-machines"))).filter((name) => name !== ".gitignore").sort();
  const text = await readFile(join(project.root, ".vitest-machines", runs.at(-1)!, "net", "trace.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter((entry) => entry["machine"] === machine && ["machine-phase", "command"].includes(entry["type"]!))
    .map((entry) => entry["command"] ?? entry["phase"]!)
    .filter((step) => step === "ready" || !/^[a-z-]+$/.test(step));
}

describe('with reset: "test"', () => {
  it("every test and every try starts on machines as they were when all were ready", async () => {
    const project = await createProject({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a, b } = cluster({ nodes: { a: {}, b: {} }, reset: "test" });
          let background;
          let tries = 0;
          it("leaves them alone", () => {});
          it("destroys them", async () => {
            background = a.execute("sleep 1000").catch((error) => error.code);
            await a.succeed("touch /mine", "ping -c1 b");
            await b.succeed("rm -rf /etc /root", "ip link set eth1 down", "date -s 2001-01-01");
            await b.crash();
          });
          it("finds them whole", async ({ a, b }) => {
            expect(await background).toBe("MACHINE_DOWN");
            await a.succeed("test ! -e /mine", "ping -c1 b", "! pidof sleep");
            expect(Math.abs(Number(await b.succeed("grep -q root /etc/passwd; date +%s")) - Date.now() / 1000)).toBeLessThan(3);
          });
          it("succeeds at the third try", { retry: 2 }, async () => {
            await b.succeed("test ! -e /tried", "touch /tried");
            await b.shutdown();
            expect(++tries).toBe(3);
          });
          it("has both again", async () => {
            await a.succeed("ping -c1 b");
            await b.succeed("ping -c1 a");
          });
        });`,
    });
    for (const origin of [/net: booted in .* frozen, so that the next one is forked/, /net: forked in /]) {
      const { tests, errors, output } = await project.run({ driver: "real", config });
      expect(new Set(Object.values(tests)), JSON.stringify(errors)).toEqual(new Set(["passed"]));
      expect(Object.keys(errors)).toEqual(["net > succeeds at the third try"]);
      expect(errors["net > succeeds at the third try"]).toHaveLength(2);
      expect(output).toMatch(origin);
    }
    // When the trace hears of the command that the reset has cut off is nobody's business.
    const steps = (await story(project, "a")).filter((step) => step !== "sleep 1000");
    expect(steps).toEqual([
      "ready",
      "touch /mine",
      "ping -c1 b",
      "ready",
      ...["test ! -e /mine", "ping -c1 b", "! pidof sleep"],
      // One before each of three tries, and one for the last test.
      ...["ready", "ready", "ready", "ready"],
      "ping -c1 b",
    ]);
  });

  it("what a hook did before the first test is undone", async () => {
    const project = await createProject({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} }, reset: "test" });
          beforeAll(() => a.succeed("touch /early"));
          it("is first", () => a.fail("test -e /early"));
        });`,
    });
    const { tests, errors } = await project.run({ driver: "real", config });
    expect(errors).toEqual({});
    expect(tests).toEqual({ "net > is first": "passed" });
  });

  it("it boots each time where there are no layers", async () => {
    const project = await createProject({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} }, reset: "test", layers: false });
          it("leaves a file", () => a.succeed("touch /mine; cat /proc/sys/kernel/random/boot_id"));
          it("finds none", () => a.succeed("test ! -e /mine"));
        });`,
    });
    const { tests, errors, output } = await project.run({ driver: "real", config });
    expect(errors).toEqual({});
    expect(tests).toEqual({ "net > leaves a file": "passed", "net > finds none": "passed" });
    expect(output).toMatch(/net: booted in \d+\.\d+ s \(a [^)]*\)\n/);
  });
});

describe("within a test", () => {
  it("checkpoints are taken and restored, and the cluster is reset, by handles that stay valid", async () => {
    const project = await createProject({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a, b, cluster: net } = cluster({ nodes: { a: {}, b: {} } });
          it("goes to and fro", async ({ b: injected }) => {
            await a.succeed("echo one > /state");
            await net.checkpoint("one");
            await a.succeed("echo two > /state");
            await injected.succeed("echo two > /state");
            await net.checkpoint("two");
            for (const name of ["one", "two", "one"]) {
              await net.restore(name);
              expect(await a.succeed("cat /state")).toBe(name + "\\n");
              expect((await injected.execute("cat /state")).exitCode).toBe(name === "two" ? 0 : 1);
              await Promise.all([a.succeed("ping -c1 b"), b.succeed("ping -c1 a")]);
            }
          });
          it("goes on from there", async () => {
            expect(await a.succeed("cat /state")).toBe("one\\n");
            await net.restore("two");
            await b.succeed("cat /state");
            await net.reset();
            await a.fail("test -e /state");
          });
          it("is told of a name that was never taken", () => net.restore("three"));
          it("runs out of time", { timeout: 1_000 }, async () => { for (;;) await net.restore("one"); });
          it("can be taken back after that", async () => {
            await net.reset();
            await a.succeed("ping -c1 b");
          });
        });`,
    });
    const { tests, errors } = await project.run({ driver: "real", config });
    expect(tests, JSON.stringify(errors)).toEqual({
      "net > goes to and fro": "passed",
      "net > goes on from there": "passed",
      "net > is told of a name that was never taken": "failed",
      "net > runs out of time": "failed",
      "net > can be taken back after that": "passed",
    });
    expect(errors["net > is told of a name that was never taken"]![0]).toMatch(
      /^HANDLE_MISUSE: there is no checkpoint "three"\nThere are: one, two\./,
    );
    expect(errors["net > runs out of time"]![0]).toContain("the test's time of 1000 ms is over");
  });
});
