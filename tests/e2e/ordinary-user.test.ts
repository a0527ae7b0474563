import { execFile } from "node:child_process";
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { fileURLToPath } from "node:url";
import { expect, inject, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const nobody = 65_534;

/** Drops to the user `nobody`, without groups, as a process that never was root. */
const asOrdinaryUser = [
  "setpriv",
  `--reuid=${String(nobody)}`,
  `--regid=${String(nobody)}`,
  "--clear-groups",
  "--no-new-privs",
];

const isRoot = process.getuid?.() === 0;

/** A home folder in which the packed packages are installed, and who has it runs a program there. */
async function ordinaryHome(): Promise<{ home: string; runThere: (cwd: string, argv: string[]) => Promise<string> }> {
  const home = await mkdtemp("/tmp/vmu-");
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  await cp(join(inject("packedInstall"), "node_modules"), join(home, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await chmod(home, 0o755);
  const runThere = async (cwd: string, argv: string[]): Promise<string> => {
    if (isRoot) await run("chown", ["-R", `${String(nobody)}:${String(nobody)}`, home]);
    else await chown(home, process.getuid?.() ?? -1, process.getgid?.() ?? -1);
    const { stdout } = await run("env", [...(isRoot ? asOrdinaryUser : []), process.execPath, ...argv], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_CACHE_HOME: join(home, ".cache"),
        LANG: "C.UTF-8",
        VITEST_MACHINES_LAYERS: process.env["VITEST_MACHINES_LAYERS"] ?? "",
      },
    });
    return stripVTControlCharacters(stdout);
  };
  return { home, runThere };
}

// As an ordinary user the whole test run proves the same; as root this test drops its rights first.
it("an ordinary user builds the tiny image, which is locked from then on, and runs the ping example", async () => {
  const { home, runThere } = await ordinaryHome();
  const project = join(home, "a project");
  await cp(join(dirname(fileURLToPath(import.meta.url)), "../../examples/ping"), project, {
    recursive: true,
    filter: (path) => !/node_modules|\.vitest/.test(path),
  });
  const lockFile = join(project, "machines.lock");
  await writeFile(lockFile, '{ "lockVersion": 1, "images": [] }');
  expect(await runThere(project, [join(home, "node_modules/vitest/vitest.mjs"), "run"])).toMatch(/Tests\s+3 passed/);
  expect(JSON.parse(await readFile(lockFile, "utf8"))).toMatchObject({
    images: [
      { suite: "bookworm", kernel: "cloud", resolved: { "busybox-static": expect.stringContaining("sha256:") } },
    ],
  });
});

// Who else runs the tests may well have sub-uids.
it.runIf(isRoot)(
  "an ordinary user without sub-uids is told which line is missing where, before anything else",
  async () => {
    const { home, runThere } = await ordinaryHome();
    const program =
      'import { debian } from "vitest-machines"; const error = await debian().prepare({ onProgress: console.log })' +
      ".catch((reason) => reason); console.log(error.message);";
    const lines = (await runThere(home, ["--input-type=module", "--eval", program])).split("\n");
    expect(lines[0]).toBe(
      "IMAGE_BUILD_FAILED: cannot build the debian image: nobody has no sub-uids in /etc/subuid and /etc/subgid",
    );
    expect(lines[2]).toMatch(
      /^Add the line nobody:(\d+):65536 to \/etc\/subuid and \/etc\/subgid, or run: sudo usermod --add-subuids \1-\d+ /,
    );
    expect(await readdir(join(home, ".cache/vitest-machines/images"))).toEqual([
      expect.stringMatching(/^debian-packages-bookworm-\w+\.lock$/),
    ]);
  },
);
