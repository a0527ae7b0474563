import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { topology } from "../../src/cli/commands/topology.ts";
import { runCli, type CliResult } from "../support/run-cli.ts";

const modules = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

const config = `
  import { defineConfig } from "vitest/config";
  import { machines } from "vitest-machines/plugin";
  export default defineConfig({ plugins: [machines()], test: { environmentOptions: { machines: { cluster: "lab.yaml" } } } });
`;

interface Project {
  readonly root: string;
  /** The command for one of its files. */
  readonly draw: (file: string, ...options: string[]) => Promise<CliResult>;
}

function project(files: Record<string, string>): Project {
  const root = mkdtempSync(join(tmpdir(), "vm topology-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  symlinkSync(modules, join(root, "node_modules"));
  for (const [name, text] of Object.entries({
    "package.json": '{ "type": "module" }',
    "vitest.config.ts": config,
    ...files,
  })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return { root, draw: (file, ...options) => runCli(topology, join(root, file), "--root", root, ...options) };
}

const suites = `
  import { describe, it as plain, beforeAll } from "vitest";
  import { cluster } from "vitest-machines";
  import { pair } from "./labs.ts";
  beforeAll(() => { throw new Error("hooks are not run") });
  describe("an office", () => {
    const { it } = cluster({ networks: { lan: {} }, nodes: { client: { vlans: ["lan"] }, server: { vlans: ["lan"] } } });
    it("is not run", () => { throw new Error("tests are not run") });
  });
  describe("a pair", () => {
    const { it } = cluster(pair);
    it.only("is not run either", () => {});
  });
`;
const labs = `
  import { defineCluster } from "vitest-machines";
  export const pair = defineCluster({ name: "two of a kind", nodes: { left: {}, right: {} } });
  export const single = defineCluster({ nodes: { alone: { vlans: [] } } });
`;

describe("a test file", () => {
  test("is drawn with the clusters of its suites, without running anything", async () => {
    const { draw } = project({ "a.test.ts": suites, "labs.ts": labs });
    const { exitCode, out, notes } = await draw("a.test.ts");
    expect(notes).toBe("");
    expect(exitCode).toBe(0);
    expect(out).toContain('subgraph c1["an office: 2 machines, 1 network"]');
    expect(out).toContain('subgraph c2["two of a kind: 2 machines, 1 network"]');
    expect(out).not.toContain("alone");
  });

  test("is drawn with the YAML cluster that its environment has", async () => {
    const { draw } = project({
      "a.test.ts": "// @vitest-environment machines\nimport { it } from 'vitest';\nit('is not run', () => {});",
      "lab.yaml": "nodes: { here: }",
    });
    expect((await draw("a.test.ts")).out).toContain('m1["here<br/>');
  });

  test("with an invalid declaration is an error that says where", async () => {
    const { root, draw } = project({
      "a.test.ts": `import { cluster } from "vitest-machines";\n  cluster({ nodes: { a: { vlans: ["lan"] } } });`,
    });
    const { exitCode, notes } = await draw("a.test.ts");
    expect(exitCode).toBe(1);
    expect(notes).toContain(`DECLARATION_INVALID: ${join(root, "a.test.ts")} cannot be loaded.\n`);
    expect(notes).toContain('nodes.a.vlans[0]: "lan" is no network of the cluster.');
    expect(notes).toMatch(/❯ a\.test\.ts:2:3\n/);
  });

  test("that cannot be loaded is an error that says why", async () => {
    const { exitCode, notes } = await project({ "a.test.ts": 'throw new Error("not today");' }).draw("a.test.ts");
    expect([exitCode, notes]).toEqual([1, expect.stringMatching(/Error: not today\n ❯ a\.test\.ts:1:7\n/)]);
  });
});

describe("a module", () => {
  test("is drawn with what it defines for test files", async () => {
    const { exitCode, out } = await project({ "labs.ts": labs }).draw("labs.ts");
    expect(exitCode).toBe(0);
    expect(out).toContain("two of a kind: 2 machines, 1 network");
    expect(out).toContain("alone");
  });

  test("without a cluster is wrong use", async () => {
    const { exitCode, notes } = await project({ "empty.ts": "export const answer = 42;" }).draw("empty.ts");
    expect([exitCode, notes]).toEqual([
      2,
      expect.stringMatching(/empty\.ts declares no cluster\. What counts: cluster\(\)/),
    ]);
  });
});

describe("a YAML file", () => {
  test("is drawn, with the file's name unless it has one", async () => {
    const { draw } = project({ "lab.yaml": "nodes: { a:, b: { memory: 1G } }" });
    const { exitCode, out } = await draw("lab.yaml");
    expect(exitCode).toBe(0);
    expect(out).toContain('title: "lab.yaml: 2 machines, 1 network"');
    expect(out).toContain("b<br/>tiny · 1 GiB · 1 CPU");
  });

  test("with a mistake is an error that says where", async () => {
    const { exitCode, notes } = await project({ "lab.yaml": "nodes:\n  a: { vlan: [1] }" }).draw("lab.yaml");
    expect([exitCode, notes]).toEqual([1, expect.stringMatching(/lab\.yaml:2:8: unknown key "vlan" in nodes\.a\./)]);
  });
});

describe("the output", () => {
  const lab = { "lab.yaml": "nodes: { a: }" };

  test.each([
    ["a.svg", [], /^<svg /],
    ["a.mmd", [], /^---\ntitle/],
    ["a.txt", ["--format", "svg"], /^<svg /],
  ])("goes to %s with %j", async (name, options, content) => {
    const { root, draw } = project(lab);
    const { exitCode, out, notes } = await draw("lab.yaml", "-o", join(root, name), ...options);
    expect([exitCode, out, notes]).toEqual([0, "", `Wrote 1 cluster to ${join(root, name)}.`]);
    expect(readFileSync(join(root, name), "utf8")).toMatch(content);
  });

  test("is SVG on standard output when asked for", async () => {
    expect((await project(lab).draw("lab.yaml", "--format", "svg")).out).toMatch(/^<svg [^]*<\/svg>$/);
  });

  test.each([
    [["--format", "png"], 'unknown format "png". Valid formats: mermaid, svg.'],
    [
      ["-o", "picture.png"],
      "picture.png does not say which format: it ends in none of .svg, .mmd, .mermaid. Add --format.",
    ],
    [["-o", "/nowhere/a.svg"], "/nowhere/a.svg cannot be written: ENOENT"],
    [["more"], 'unexpected argument "more"'],
  ])("refuses %j", async (options, message) => {
    const { exitCode, notes } = await project(lab).draw("lab.yaml", ...options);
    expect([exitCode, notes]).toEqual([2, expect.stringContaining(message)]);
  });

  test("is none for a file that is not there", async () => {
    const { exitCode, notes } = await project({}).draw("gone.test.ts");
    expect([exitCode, notes]).toEqual([
      2,
      expect.stringMatching(/^vitest-machines topology: there is no file .*gone\.test\.ts\.$/),
    ]);
  });
});
