import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProject } from "../support/run-vitest.ts";

// In two parts, because Vitest reads these words in this very file too.
const doc = "@vitest";
const config = { testTimeout: 60_000 };

it("boots real machines for a suite, shows how, and keeps a trace", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { describe, expect, it as plainIt } from "vitest";
      import { cluster } from "vitest-machines";
      describe("net", () => {
        const { it, server, client } = cluster({ nodes: { server: {}, client: {} } });
        it("closure", async () => { expect(await server.succeed("hostname")).toBe("server\\n"); });
        it("injected", async ({ client }) => { await client.succeed("ping -c1 server"); });
        it("fails by a verb", async () => {
          await server.succeed("echo to stdout; echo to stderr >&2; exit 3");
        });
        it("runs out of time", { timeout: 2000 }, () => client.waitForOpenPort(81));
        it("still has its machines", async ({ server, client }) => { await server.succeed("true"); await client.succeed("true"); });
      });`,
  });
  const { tests, errors, output, test } = await project.run({ driver: "real", config });
  expect(tests).toEqual({
    "net > closure": "passed",
    "net > injected": "passed",
    "net > fails by a verb": "failed",
    "net > runs out of time": "failed",
    "net > still has its machines": "passed",
  });
  expect(errors["net > fails by a verb"]![0]).toMatch(/^COMMAND_FAILED: [^]*exit[^]*3[^]*to stderr/);
  expect(test("net > fails by a verb").result().errors![0]!.stacks).toMatchObject([{ line: 9 }]);
  const annotation = test("net > fails by a verb")
    .annotations()
    .find(({ type }) => type === "machine server");
  expect(annotation).toMatchObject({ location: { line: 8 } });
  expect(annotation!.message).toMatch(/\$ echo to stdout; echo to stderr >&2; exit 3[^]*to stderr/);
  expect(errors["net > runs out of time"]![0]).toMatch(/the test's time of 2000 ms is over/);
  expect(output).toMatch(/ machines {2}accelerator (kvm|tcg): /);
  expect(output).toMatch(/ machines {2}net: (booted|forked) in \d+\.\d+ s/);

  const [run] = (await readdir(join(project.root, ".vitest-machines"))).filter((name) => name !== ".gitignore");
  const trace = await readFile(join(project.root, ".vitest-machines", run!, "net", "trace.jsonl"), "utf8");
  const types = new Set(
    trace
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type),
  );
  expect([...types]).toEqual(expect.arrayContaining(["start", "cluster-phase", "machine-phase", "qmp", "command"]));
});

it("makes machines that cannot boot one error with their consoles", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { describe } from "vitest";
      import { cluster } from "vitest-machines";
      describe("net", () => {
        const { it, a } = cluster({ nodes: { a: {}, b: {} }, defaults: { kernelParams: ["rdinit=/nothing"] } });
        it("never", () => a.succeed("true"));
      });`,
  });
  const { tests, errors, modules } = await project.run({ driver: "real", config });
  expect(tests).toEqual({ "net > never": "skipped" });
  expect(errors["net"]).toHaveLength(1);
  expect(errors["net"]![0]).toMatch(/^BOOT_FAILED: [^]*Kernel panic/);
  const [suite] = modules[0]!.children.suites();
  expect(suite!.errors()[0]!.stacks![0]).toMatchObject({ line: 5 });
});

it("leaves booting to the tests when it is told to, and boots a YAML cluster", async () => {
  const project = await createProject({
    "lab.yaml": "name: lab\nnodes:\n  router: { vlans: [1, 2] }\n  inside: { vlans: [2] }\n",
    "manual.test.ts": `
      import { expect } from "vitest";
      import { cluster } from "vitest-machines";
      const { it, early, late } = cluster({ nodes: { early: {}, late: {} }, boot: "manual" });
      it("starts one", async () => {
        expect(early.isUp()).toBe(false);
        await early.start();
        await early.waitUntilReady();
        expect(early.isUp()).toBe(true);
        expect(late.isUp()).toBe(false);
      });`,
    "yaml.test.ts": `// ${doc}-environment machines
      import { expect, it } from "vitest";
      import { machines } from "vitest-machines/environment";
      const { router, inside } = machines;
      it("pings", async () => { await router.succeed("ping -c1 inside"); await inside.succeed("ping -c1 router"); });`,
  });
  const environmentOptions = { machines: { cluster: "lab.yaml" } } as never;
  const { tests, errors } = await project.run({ driver: "real", config: { ...config, environmentOptions } });
  expect(errors).toEqual({});
  expect(tests).toEqual({ "starts one": "passed", pings: "passed" });
});
