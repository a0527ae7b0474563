import { obtainStage } from "@vitest-machines/host";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  closeSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { images } from "../../../src/cli/commands/images.ts";
import { runCli, type CliResult } from "../../support/run-cli.ts";

const disk = "debian-bookworm-0123456789abcdef";
const system = "debian-packages-bookworm-0123456789ab";
const tiny = "tiny-trixie-0123456789abcdef";

let folder: string;
let project: string;

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), "vm-images-cli-"));
  onTestFinished(() => {
    rmSync(base, { recursive: true });
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  vi.stubEnv("VITEST_MACHINES_CACHE", base);
  folder = join(base, "images");
  project = join(base, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), "{}");
  mkdirSync(join(project, ".git"));
  vi.spyOn(process, "cwd").mockReturnValue(project);
});

const run = (...argv: string[]): Promise<CliResult> => runCli(images, ...argv);

async function make(name: string, facts: Record<string, string>, daysUnused: number): Promise<void> {
  const build = (into: string): Promise<{ files: string[]; facts: Record<string, string>; packages: object }> => {
    writeFileSync(join(into, "disk"), Buffer.alloc(2 << 20, "x"));
    return Promise.resolve({ files: ["disk"], facts, packages: {} });
  };
  await obtainStage(folder, { name, sparse: name === disk, build: build as never });
  const then = new Date(Date.now() - (daysUnused * 24 + 0.5) * 3600_000);
  utimesSync(join(folder, name), then, then);
}

/** Three folders, and two packages that were downloaded. */
async function some(): Promise<void> {
  await make(disk, { release: "bookworm", packages: "curl nginx-light" }, 1);
  await make(system, { release: "bookworm", packages: "curl nginx-light" }, 40);
  await make(tiny, { suite: "trixie" }, 3);
  mkdirSync(join(folder, "packages"));
  for (const name of ["less_590-2_amd64.deb", "curl_7.88_amd64.deb"]) {
    writeFileSync(join(folder, "packages", name), Buffer.alloc(1 << 20, "x"));
  }
}

describe("ls", () => {
  test("is a table, the most recently used first, and the sum as a note", async () => {
    await some();
    const { exitCode, out, notes } = await run("ls");
    expect(exitCode).toBe(0);
    expect(out.split("\n")).toEqual([
      "folder                                 what                                      size     age       last used    in use",
      `${disk}       debian bookworm: curl nginx-light         2.0 MiB  just now  1 day ago    no`,
      `${tiny}           tiny trixie                               2.0 MiB  just now  3 days ago   no`,
      `${system}  debian system bookworm: curl nginx-light  2.0 MiB  just now  40 days ago  no`,
    ]);
    expect(notes).toBe(`3 folders with 6.0 MiB, and 2 downloaded packages with 2.0 MiB, in ${folder}`);
  });

  test("says what is open, and what is damaged", async () => {
    await some();
    const file = openSync(join(folder, tiny, "disk"), "r");
    onTestFinished(() => closeSync(file));
    rmSync(join(folder, disk, "manifest.json"));
    const { out } = await run("ls");
    expect(out).toMatch(/tiny trixie .* yes$/m);
    expect(out).toMatch(/damaged: manifest\.json is missing$/m);
  });

  test("--json prints everything and no note", async () => {
    await some();
    const { out, notes } = await run("ls", "--json");
    expect(notes).toBe("");
    expect(JSON.parse(out)).toMatchObject({
      root: folder,
      downloads: { count: 2 },
      images: [{ name: disk, kind: "debian", packages: ["curl", "nginx-light"], inUse: false }, { name: tiny }, {}],
    });
  });
});

describe("prune", () => {
  test("removes what was not used for 30 days, or for as many as are named", async () => {
    await some();
    expect(await run("prune")).toEqual({
      exitCode: 0,
      out: `removed ${system}  debian system bookworm: curl nginx-light, 2.0 MiB: unused for too long`,
      notes: "Removed 1 folder. 2 folders with 4.0 MiB stay.",
    });
    expect((await run("prune", "--days", "2")).out).toContain(`removed ${tiny}`);
    expect((await run("prune", "--days=0.5")).out).toContain(`removed ${disk}`);
  });

  test("removes the least recently used until all together fit", async () => {
    await some();
    expect((await run("prune", "--days", "99", "--size", "5M")).out).toBe(
      `removed ${system}  debian system bookworm: curl nginx-light, 2.0 MiB: all together were too large`,
    );
  });

  test("--all leaves what a process has open, what was used just now, and no downloads", async () => {
    await some();
    const file = openSync(join(folder, system, "disk"), "r");
    onTestFinished(() => closeSync(file));
    utimesSync(join(folder, disk), new Date(), new Date());
    mkdirSync(join(folder, ".debian-bookworm-77.abcdef/work"), { recursive: true });
    const { out, notes } = await run("prune", "--all");
    expect(out).toBe(`removed ${tiny}  tiny trixie, 2.0 MiB: not in use`);
    expect(notes).toBe(
      "Removed 1 folder, 2 downloaded packages with 2.0 MiB, 1 leftover of killed builds. " +
        "2 folders with 4.0 MiB stay, 2 in use or used within the last 15 minutes.",
    );
    expect(existsSync(join(folder, ".debian-bookworm-77.abcdef"))).toBe(false);
  });
});

describe("verify", () => {
  test("hashes every file, also one that looks unchanged, and --drop removes the damaged", async () => {
    await some();
    expect(await run("verify")).toMatchObject({ exitCode: 0, notes: "3 folders, no damage." });
    const file = join(folder, disk, "disk");
    chmodSync(file, 0o644);
    writeFileSync(file, "y", { flag: "r+" });
    const { exitCode, out, notes } = await run("verify", disk, tiny);
    expect(exitCode).toBe(1);
    expect(out.split("\n")).toEqual([
      `✗ ${disk}  debian bookworm: curl nginx-light`,
      "    disk was altered",
      `✓ ${tiny}  tiny trixie`,
    ]);
    expect(notes).toBe("1 of 2 folders damaged. The next run that wants one builds it again; --drop removes them now.");
    expect((await run("verify", "--drop")).out).toContain(`${disk}  debian bookworm: curl nginx-light: removed`);
    expect(existsSync(join(folder, disk))).toBe(false);
  });
});

test("update begins a lock file beside package.json, and finds nothing to change in it", async () => {
  const file = join(project, "machines.lock");
  expect(await run("update")).toEqual({
    exitCode: 0,
    out: "",
    notes: `Made ${file}. Every image that is built for this project adds its packages: run the tests.`,
  });
  expect(await run("update")).toMatchObject({ exitCode: 0, notes: `0 entries, 0 changes, in ${file}` });
  expect(await run("build")).toMatchObject({ exitCode: 0, notes: `0 entries of ${file} ready.` });
  writeFileSync(file, "<<<<<<< HEAD\n");
  expect(await run("update")).toMatchObject({
    exitCode: 1,
    notes: expect.stringMatching(/^IMAGE_LOCK_FAILED: .* it has the marks of a merge conflict/),
  });
});

describe("wrong use ends with 2 and says what is right", () => {
  const valid = "Valid subcommands: ls, build, prune, verify, update. See also --help.";
  const build = "vitest-machines images build";

  test.each([
    [[], `vitest-machines images: what about them? ${valid}`],
    [["updat"], `vitest-machines images: unknown subcommand "updat". Did you mean update? ${valid}`],
    [["ls", "--jsn"], "vitest-machines: Unknown option '--jsn'.\nUsage: vitest-machines images ls [--json]"],
    [["prune", "--days", "soon"], "vitest-machines images prune: --days soon is not a number of days. Valid: 7, 0.5."],
    [
      ["prune", "--size", "big"],
      "vitest-machines images prune: --size big is not a size. Valid: 5G, 900M, a number of MiB.",
    ],
    [
      ["verify", "tiny-trixie-0123456789abcdee"],
      `vitest-machines images verify: there is no tiny-trixie-0123456789abcdee. Did you mean ${tiny}?`,
    ],
    [["build"], expect.stringContaining(`${build}: build what? There is no machines.lock here or above.`)],
    [
      ["build", "--suite", "buster"],
      `${build}: debian(): unknown suite "buster"\nValid suites: 12, 13, bookworm, trixie.`,
    ],
    [
      ["build", "no.yaml"],
      expect.stringContaining("no such file or directory, open 'no.yaml'. Valid: paths of cluster files."),
    ],
  ])("%j", async (argv, notes) => {
    await some();
    expect(await run(...argv)).toEqual({ exitCode: 2, out: "", notes });
  });
});
