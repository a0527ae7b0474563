import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nothingLeftWithin } from "../harness/leftovers.ts";
import { ownLayers } from "../harness/own-layers.ts";
import { createProject } from "../harness/project.ts";

const nothing = { processes: [], files: [] };

const pair = `
import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("pair", () => {
  const { it, one } = cluster({ nodes: { one: {}, two: {} } });
  it("answers", () => one.succeed("ping -c1 two"));
});
`;

it("of two Vitests that want one layer one boots it, the other says that it waits and forks it", async () => {
  const env = await ownLayers();
  const projects = [
    await createProject({ "net.test.ts": pair }, { env }),
    await createProject({ "net.test.ts": pair }, { env }),
  ];
  const outcomes = await Promise.all(projects.map((project) => project.vitest(["run"]).exit));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  const outputs = outcomes.map(({ output }) => output);
  const booted = outputs.filter((output) => /pair: booted in .*; frozen/.test(output));
  const waited = outputs.filter((output) => /pair: another process makes its layer/.test(output));
  expect(booted, outputs.join("\n")).toHaveLength(1);
  expect(waited, outputs.join("\n")).toHaveLength(1);
  expect(waited[0]).toMatch(/pair: forked in /);
  expect(
    (await readdir(join(env["VITEST_MACHINES_CACHE"]!, "layers"))).filter((name) => !name.startsWith(".")),
  ).toHaveLength(1);
  for (const project of projects) expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
});

it("`vitest run -- --no-layers` boots for real, says so, and leaves no layer", async () => {
  const env = await ownLayers();
  const project = await createProject({ "net.test.ts": pair }, { env });
  const { code, output } = await project.vitest(["run", "--", "--no-layers"]).exit;
  expect(code, output).toBe(0);
  expect(output).toMatch(/pair: booted in \d+\.\d+ s \(one \d+\.\d+ s, two \d+\.\d+ s\)\n/);
  expect(await readdir(env["VITEST_MACHINES_CACHE"]!)).not.toContain("layers");
});
