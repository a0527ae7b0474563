import { expect, it } from "vitest";
import { ownCache } from "../support/own-cache.ts";
import { createProject } from "../support/run-vitest.ts";

const config = { testTimeout: 60_000 };

const suite = (name: string, prepare: string): string => `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
describe("${name}", () => {
  const { it, server, client } = cluster({
    nodes: { server: {}, client: {} },
    prepare: ${prepare},
  });
  it("is prepared", async () => {
    expect(await client.succeed("wget -q -O - http://server/")).toBe("Welcome\\n");
    await server.succeed("echo changed > /srv/index.html");
  });
});`;

const website = `{
  key: "website",
  run: async ({ server }) => {
    process.stderr.write("PREPARING\\n");
    await server.succeed("mkdir -p /srv; echo Welcome > /srv/index.html; httpd -h /srv");
    await server.waitForOpenPort(80);
  },
}`;

it("what prepare did is frozen: it runs once, and every suite of the same declaration starts after it", async () => {
  await ownCache();
  const project = await createProject({ "a.test.ts": suite("one", website), "b.test.ts": suite("two", website) });
  const oneByOne = { ...config, maxWorkers: 1, fileParallelism: false };
  const first = await project.run({ driver: "real", config: oneByOne });
  expect(first.errors).toEqual({});
  expect(first.output.match(/PREPARING/g)).toHaveLength(1);
  expect(first.output).toMatch(/(one|two): booted in .*; frozen, so that the next one is forked/);
  expect(first.output).toMatch(/(one|two): forked in \d/);

  const printed = first.output.length;
  const second = await project.run({ driver: "real", config: oneByOne });
  expect(second.errors).toEqual({});
  expect(second.output.slice(printed)).not.toContain("PREPARING");
  expect(second.output.slice(printed).match(/: forked in /g)).toHaveLength(2);
});

it("what prepare throws is the suite's one error, and nothing is kept of it", async () => {
  await ownCache();
  const broken = `{ key: "broken", run: ({ server }) => server.succeed("echo to stderr >&2; exit 3") }`;
  const project = await createProject({ "a.test.ts": suite("net", broken) });
  for (const run of ["first", "second"]) {
    const { tests, errors, modules } = await project.run({ driver: "real", config });
    expect(tests, run).toEqual({ "net > is prepared": "skipped" });
    expect(errors["net"]).toHaveLength(1);
    expect(errors["net"]![0]).toMatch(/^COMMAND_FAILED: server: [^]*exit code 3[^]*to stderr/);
    const [shown] = modules[0]!.children.suites();
    expect(shown!.errors()[0]!.stacks![0]).toMatchObject({ line: 5 });
  }
});
