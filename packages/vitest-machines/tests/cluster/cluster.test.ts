import { describe, expect, it, onTestFinished, vi } from "vitest";
import { runVitest } from "../support/run-vitest.ts";

const head = `
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it as plainIt } from "vitest";
import { cluster } from "vitest-machines";
`;

describe("a suite with a cluster", () => {
  it("gets it booted once and gives tests the machines, from the closure and injected", async () => {
    const { tests, journal, errors } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, server, client } = cluster({ nodes: { server: {}, client: {} } });
          it("closure", async () => {
            expect(await server.succeed("one")).toBe("server$ one\\n");
            expect(await client.succeed("two")).toBe("client$ two\\n");
          });
          it("injected", async ({ server }) => {
            expect(await server.succeed("three")).toBe("server$ three\\n");
          });
          plainIt("plain", () => server.succeed("four"));
        });`,
    });
    expect(errors).toEqual({});
    expect(tests).toEqual({ "net > closure": "passed", "net > injected": "passed", "net > plain": "passed" });
    expect(journal).toEqual([
      "boot server client",
      "server: one",
      "client: two",
      "server: three",
      "server: four",
      "stop server client",
    ]);
  });

  it("may be the whole file, with threads as with processes", async () => {
    const files = {
      "a.test.ts": `${head}
        const { it, server } = cluster({ nodes: { server: {} } });
        it("works", async () => { await server.succeed("one"); });`,
    };
    for (const pool of ["threads", "forks"] as const) {
      const { tests, journal } = await runVitest(files, { config: { pool } });
      expect(tests).toEqual({ works: "passed" });
      expect(journal).toEqual(["boot server", "server: one", "stop server"]);
    }
  });

  it("may take longer to boot than a test and a hook may take", async () => {
    const { tests } = await runVitest(
      {
        "a.test.ts": `${head}
          const { it, server } = cluster({ nodes: { server: { bootMs: 700 } } });
          it("works", async () => { await server.succeed("one"); });`,
      },
      { config: { testTimeout: 300, hookTimeout: 300 } },
    );
    expect(tests).toEqual({ works: "passed" });
  });

  it("boots only when one of its tests is selected, and its own cluster is gone before the outer one", async () => {
    const files = {
      "a.test.ts": `${head}
        describe("outer", () => {
          const { it, a } = cluster({ nodes: { a: {} } });
          it("first", () => a.succeed("one"));
          describe("inner", () => {
            const { it, b } = cluster({ nodes: { b: {} } });
            it("both", async ({ b }) => { await a.succeed("two"); await b.succeed("three"); });
          });
        });
        describe("other", () => {
          const { it, c } = cluster({ nodes: { c: {} } });
          it("third", () => c.succeed("four"));
          it.skip("skipped", () => c.succeed("never"));
        });
        describe("nothing to run", () => {
          const { it, d } = cluster({ nodes: { d: {} } });
          it.skip("skipped", () => d.succeed("never"));
          it.todo("later");
        });`,
    };
    const all = await runVitest(files);
    expect(all.errors).toEqual({});
    expect(all.journal).toEqual([
      "boot a",
      "a: one",
      "boot b",
      "a: two",
      "b: three",
      "stop b",
      "stop a",
      "boot c",
      "c: four",
      "stop c",
    ]);
    const one = await runVitest(files, { config: { testNamePattern: "third" } });
    expect(one.journal).toEqual(["boot c", "c: four", "stop c"]);
    const inner = await runVitest(files, { config: { testNamePattern: "both" } });
    expect(inner.journal).toEqual(["boot a", "boot b", "a: two", "b: three", "stop b", "stop a"]);
    const line = await runVitest(files, { filters: ["a.test.ts:15"] });
    expect(line.journal).toEqual(["boot c", "c: four", "stop c"]);
  });

  it("has everything that hangs on Vitest's it", async () => {
    const { tests, errors } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, test, server } = cluster({ nodes: { server: {}, client: {} } });
          it.each([1, 2])("each %i", async (n) => { await server.succeed("each " + n); });
          it.for([[1, "x"], [2, "y"]] as const)("for %i %s", async ([n], { server, expect }) => {
            expect(await server.succeed("for")).toContain("for");
            expect(n).toBeGreaterThan(0);
          });
          it.concurrent("concurrent a", async ({ server }) => { await server.succeed("a"); });
          it.concurrent("concurrent b", async ({ client }) => { await client.succeed("b"); });
          it.skipIf(true)("skipped", () => {});
          it.runIf(true)("ran", async () => { await server.succeed("ran"); });
          it.fails("fails", async () => { await server.succeed("fail"); });
          it("with options", { timeout: 1000, retry: 1 }, async ({ task, server }) => {
            expect(task.timeout).toBe(1000);
            expect(task.retry).toBe(1);
            await server.succeed("options");
          });
          it("with a timeout", async ({ task }) => { expect(task.timeout).toBe(1234); }, 1234);
          it.todo("todo");
          const extended = it.extend("greeting", async ({ server }) => server.succeed("hello"));
          extended("extended", async ({ greeting, client }) => {
            expect(greeting).toBe("server$ hello\\n");
            await client.succeed("x");
          });
          it.beforeEach(async ({ client }) => { await client.succeed("before each"); });
          test("test is it", async () => {});
        });`,
    });
    expect(errors).toEqual({});
    expect(tests).toEqual({
      "net > each 1": "passed",
      "net > each 2": "passed",
      "net > for 1 x": "passed",
      "net > for 2 y": "passed",
      "net > concurrent a": "passed",
      "net > concurrent b": "passed",
      "net > skipped": "skipped",
      "net > ran": "passed",
      "net > fails": "passed",
      "net > with options": "passed",
      "net > with a timeout": "passed",
      "net > todo": "skipped",
      "net > extended": "passed",
      "net > test is it": "passed",
    });
  });

  it("runs only what it.only marks, retries without a reboot and stops at bail", async () => {
    const only = await runVitest({
      "a.test.ts": `${head}
        const { it, a } = cluster({ nodes: { a: {} } });
        it("not this", () => a.succeed("never"));
        it.only("this", () => a.succeed("only"));`,
    });
    expect(only.tests).toEqual({ "not this": "skipped", this: "passed" });
    const retried = await runVitest(
      {
        "a.test.ts": `${head}
          const { it, a } = cluster({ nodes: { a: {} } });
          let tries = 0;
          it("second time lucky", { retry: 2 }, () => a.succeed(tries++ === 0 ? "fail" : "fine"));
          it("fails", () => a.succeed("fail for good"));
          it("is not reached", () => a.succeed("never"));`,
      },
      { config: { bail: 1 } },
    );
    expect(retried.tests["second time lucky"]).toBe("passed");
    expect(retried.journal).toEqual(["boot a", "a: fail", "a: fine", "a: fail for good", "stop a"]);
  });

  it("gives hooks that are registered after it the machines", async () => {
    const { tests, journal } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} } });
          beforeAll(() => a.succeed("before all"));
          beforeEach(() => a.succeed("before each"));
          afterEach(() => a.succeed("after each"));
          afterAll(() => a.succeed("after all"));
          it("works", () => a.succeed("test"));
        });`,
    });
    expect(tests).toEqual({ "net > works": "passed" });
    expect(journal).toEqual([
      "boot a",
      ...["before all", "before each", "test", "after each", "after all"].map((step) => `a: ${step}`),
      "stop a",
    ]);
  });

  it("may have a second cluster, and shares a declaration with other files", async () => {
    const { tests, journal } = await runVitest(
      {
        "shared.ts": `
          import { defineCluster } from "vitest-machines";
          export const net = defineCluster({ nodes: { a: {} } });`,
        "one.test.ts": `${head}
          import { net } from "./shared.ts";
          const first = cluster(net);
          const second = cluster({ nodes: { b: {} } });
          first.it("both", async ({ a }) => { await a.succeed("one"); await second.b.succeed("two"); });`,
        "two.test.ts": `${head}
          import { net } from "./shared.ts";
          const { it } = cluster(net);
          it("again", async ({ a }) => { await a.succeed("three"); });`,
      },
      { config: { isolate: false, maxWorkers: 1 } },
    );
    expect(tests).toEqual({ both: "passed", again: "passed" });
    expect(journal.filter((line) => line.startsWith("boot")).sort()).toEqual(["boot a", "boot a", "boot b"]);
    expect(journal.filter((line) => line.startsWith("stop")).sort()).toEqual(["stop a", "stop a", "stop b"]);
  });
});

it("never lets two files wait for each other's budget with their nested clusters", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  // Room for one file's chain and a half.
  vi.stubEnv("VITEST_MACHINES_BUDGET_MIB", "120");
  const file = `${head}
    describe("outer", () => {
      const { it } = cluster({ nodes: { a: { memory: 40, bootMs: 300 } } });
      describe("inner", () => {
        const { it, b } = cluster({ nodes: { b: { memory: 40 } } });
        it("works", () => b.succeed("one"));
      });
    });`;
  const { tests, errors, output, journal } = await runVitest(
    { "one.test.ts": file, "two.test.ts": file },
    { config: { maxWorkers: 2 } },
  );
  expect(errors).toEqual({});
  expect(tests).toEqual({ "outer > inner > works": "passed" });
  expect(journal).toHaveLength(10);
  expect(output).toMatch(/ machines {2}outer: waiting for 80 MiB \(40 of 120 free\), held by "outer"/);
});
