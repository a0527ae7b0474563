import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LayerStore, type Lookup, type StoredLayer } from "@vitest-machines/driver";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { layers } from "../../../src/cli/commands/layers.ts";
import { runCli, type CliResult } from "../../support/run-cli.ts";

const web = "0123456789ab0123456789ab";
const database = "0123ffffffff0123456789ab";

let folder: string;

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), "vm-layers-cli-"));
  onTestFinished(() => {
    rmSync(base, { recursive: true });
    vi.unstubAllEnvs();
  });
  vi.stubEnv("VITEST_MACHINES_CACHE", base);
  vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", "");
  folder = join(base, "layers");
});

const run = (...argv: string[]): Promise<CliResult> => runCli(layers, ...argv);

async function make(key: string, cluster: string, machines: readonly string[]): Promise<StoredLayer | undefined> {
  return new LayerStore().obtain(key, { image: "tiny 1" }, (into) => {
    writeFileSync(join(into, "ram"), Buffer.alloc(2 << 20, "x"));
    return Promise.resolve({ files: ["ram"], facts: { cluster, machines } });
  });
}

/** Two layers, the first of which is in use. */
async function twoLayers(): Promise<void> {
  await (await make(database, "database", ["db"]))?.release();
  await make(web, "web", ["client", "server"]);
  const threeHoursAgo = new Date(Date.now() - 3.5 * 3600_000);
  utimesSync(join(folder, database), threeHoursAgo, threeHoursAgo);
}

describe("ls", () => {
  test("is a table, the most recently used first, and the sum as a note", async () => {
    await twoLayers();
    const { exitCode, out, notes } = await run("ls");
    expect(exitCode).toBe(0);
    expect(out.split("\n")).toEqual([
      "layer         cluster   machines        size     age       last used    in use",
      "0123456789ab  web       client, server  2.0 MiB  just now  just now     yes",
      "0123ffffffff  database  db              2.0 MiB  just now  3 hours ago  no",
    ]);
    expect(notes).toBe(`2 layers, 4.0 MiB of 10240 MiB, in ${folder}`);
  });

  test("says what is wrong with a layer", async () => {
    await twoLayers();
    rmSync(join(folder, database, "manifest.json"));
    expect((await run("ls")).out).toMatch(/0123ffffffff {2}- .* damaged: manifest\.json is missing$/m);
  });

  test("without layers is only a note", async () => {
    expect(await run("ls")).toEqual({ exitCode: 0, out: "", notes: `0 layers, 0.0 MiB of 10240 MiB, in ${folder}` });
  });

  test("--json prints everything and no note", async () => {
    await twoLayers();
    const { out, notes } = await run("ls", "--json");
    expect(notes).toBe("");
    expect(JSON.parse(out)).toEqual({
      root: folder,
      maxBytes: 10 * 1024 ** 3,
      layers: [
        expect.objectContaining({ key: web, cluster: "web", machines: ["client", "server"], inUse: true }),
        expect.objectContaining({ key: database, bytes: expect.any(Number), createdAt: expect.stringMatching(/Z$/) }),
      ],
    });
  });
});

describe("prune", () => {
  test("removes what the limits demand, and says why", async () => {
    await twoLayers();
    expect((await run("prune")).notes).toMatch(/^Removed 0 layers\. 2 layers with 4\.0 MiB stay, 1 in use\.$/);
    vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", "3");
    const { out, notes } = await run("prune");
    expect(out).toBe("removed 0123ffffffff  database (db), 2.0 MiB: all layers together were too large");
    expect(notes).toBe("Removed 1 layer. 1 layer with 2.0 MiB stays, 1 in use.");
  });

  test("--all removes what nobody uses", async () => {
    await twoLayers();
    expect((await run("prune", "--all")).out).toBe("removed 0123ffffffff  database (db), 2.0 MiB: not in use");
    expect(readdirSync(folder)).toContain(web);
  });
});

describe("verify", () => {
  test("ends with 0 when all is well", async () => {
    await twoLayers();
    const { exitCode, out, notes } = await run("verify");
    expect(exitCode).toBe(0);
    expect(out.split("\n")).toEqual(["✓ 0123456789ab  web (client, server)", "✓ 0123ffffffff  database (db)"]);
    expect(notes).toBe("2 layers, no damage.");
  });

  test("ends with 1 on damage, names the file, and removes the layer only when asked", async () => {
    await twoLayers();
    writeFileSync(join(folder, database, "ram"), "y", { flag: "r+" });
    expect(await run("verify", web)).toMatchObject({ exitCode: 0 });
    const { exitCode, out, notes } = await run("verify");
    expect(exitCode).toBe(1);
    expect(out).toContain("✗ 0123ffffffff  database (db)\n    ram was altered");
    expect(notes).toBe("1 of 2 layers damaged. The next run that wants one makes it again; --drop removes them now.");
    expect(await run("verify", "0123ff", "--drop")).toMatchObject({
      exitCode: 1,
      out: "✗ 0123ffffffff  database (db): removed\n    ram was altered",
      notes: "1 of 1 layer damaged.",
    });
    expect(readdirSync(folder)).not.toContain(database);
  });
});

describe("why", () => {
  const suite = "tests/web.test.ts > web server";
  const at = new Date(Date.now() - 5 * 60_000);
  const lookup = (key: string, outcome: Lookup["outcome"], inputs: Lookup["inputs"]): Lookup => ({
    at,
    key,
    outcome,
    inputs,
  });

  test("prints what changed, in plain words", async () => {
    const store = new LayerStore();
    const digest = (letter: string): string => `tiny ${letter.repeat(64)}`;
    await store.remember(suite, lookup(database, "hit", { accelerator: "tcg", "db: image": digest("a") }));
    await store.remember(suite, lookup(web, "miss", { accelerator: "kvm", "db: image": digest("b") }));
    const { exitCode, out } = await run("why", "web", "server");
    expect(exitCode).toBe(0);
    expect(out.split("\n")).toEqual([
      suite,
      "  5 minutes ago there was no layer 0123456789ab, and its machines were booted.",
      "  2 things changed since layer 0123ffffffff was found 5 minutes ago:",
      "    accelerator: tcg → kvm",
      "    db: image: tiny aaaaaaaaaaaa → tiny bbbbbbbbbbbb",
    ]);
  });

  test("prints when a layer was found, and when it went without a change", async () => {
    const store = new LayerStore();
    await store.remember(suite, lookup(web, "miss", {}));
    expect((await run("why", suite)).out).toMatch(/\n {2}It had not been looked for before\.$/);
    await store.remember(suite, lookup(web, "hit", {}));
    expect((await run("why", suite)).out).toMatch(/\n {2}5 minutes ago its layer 0123456789ab was found, and [^\n]*$/);
    await store.remember(suite, lookup(web, "miss", {}));
    expect((await run("why", suite)).out).toMatch(/\n {2}Nothing that it is made of changed since layer 0123/);
  });

  test("names the suites when it does not know which", async () => {
    expect(await run("why", "web")).toMatchObject({ exitCode: 2, notes: "no suite has looked for a layer yet." });
    const store = new LayerStore();
    for (const name of ["a.test.ts > web", "b.test.ts > web"]) await store.remember(name, lookup(web, "hit", {}));
    expect((await run("why", "WEB")).notes).toBe(
      'several suites have "WEB" in their names:\n  a.test.ts > web\n  b.test.ts > web',
    );
    expect((await run("why", "x")).notes).toBe(
      'no suite has "x" in its name. Known:\n  a.test.ts > web\n  b.test.ts > web',
    );
  });
});

test("export and import move layers by the beginnings of their keys", async () => {
  await twoLayers();
  const file = join(folder, "../layers.tar.gz");
  const { exitCode, notes } = await run("export", file, "01234");
  expect(exitCode).toBe(0);
  expect(notes).toMatch(
    /^Wrote 1 layer, 0\.\d MiB compressed, to .*layers\.tar\.gz\.\nIt holds the memory of machines/,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await run("import", file)).toMatchObject({ exitCode: 0, out: "0123456789ab  was here already" });
  vi.stubEnv("VITEST_MACHINES_CACHE", join(folder, "../elsewhere"));
  expect(await run("import", file)).toMatchObject({ exitCode: 0, out: "0123456789ab  imported" });
  writeFileSync(file, "text");
  expect(await run("import", file)).toMatchObject({
    exitCode: 1,
    notes: expect.stringMatching(/^LAYER_INVALID: tar could/),
  });
});

describe("wrong use ends with 2 and says what is right", () => {
  const valid = "Valid subcommands: ls, prune, verify, why, export, import. See also --help.";

  test.each([
    [[], `vitest-machines layers: what about them? ${valid}`],
    [["list"], `vitest-machines layers: unknown subcommand "list". ${valid}`],
    [["ls", "--jsn"], "vitest-machines: Unknown option '--jsn'.\nUsage: vitest-machines layers ls [--json]"],
    [["ls", "x"], 'vitest-machines: unexpected argument "x".\nUsage: vitest-machines layers ls [--json]'],
    [["why"], "vitest-machines: something is missing.\nUsage: vitest-machines layers why SUITE"],
    [["export"], "vitest-machines: something is missing.\nUsage: vitest-machines layers export FILE [KEY...]"],
    [["verify", "0123"], '"0123" could be any of 0123456789ab, 0123ffffffff.'],
    [["verify", "77"], 'no layer\'s key begins with "77". Layers: 0123456789ab, 0123ffffffff.'],
  ])("%j", async (argv, notes) => {
    await twoLayers();
    expect(await run(...argv)).toEqual({ exitCode: 2, out: "", notes });
  });
});

test("--help names every subcommand", async () => {
  const { out } = await run("--help");
  for (const usage of ["ls [--json]", "prune [--all]", "why SUITE", "import FILE"]) expect(out).toContain(usage);
});
