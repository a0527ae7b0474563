import { execFile } from "node:child_process";
import { chmod, chown, cp, mkdtemp, rm } from "node:fs/promises";
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

// As an ordinary user the whole test run proves the same; as root this test drops its rights first.
it("an ordinary user builds the tiny image and runs the ping example", async () => {
  const asRoot = process.getuid?.() === 0;
  const home = await mkdtemp("/tmp/vmu-");
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const project = join(home, "a project");
  await cp(join(dirname(fileURLToPath(import.meta.url)), "../../examples/ping"), project, {
    recursive: true,
    filter: (path) => !/node_modules|\.vitest/.test(path),
  });
  await cp(join(inject("packedInstall"), "node_modules"), join(home, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await chmod(home, 0o755);
  if (asRoot) await run("chown", ["-R", `${String(nobody)}:${String(nobody)}`, home]);
  else await chown(home, process.getuid?.() ?? -1, process.getgid?.() ?? -1);

  const vitest = [process.execPath, join(home, "node_modules/vitest/vitest.mjs"), "run"];
  const { stdout } = await run("env", [...(asRoot ? asOrdinaryUser : []), ...vitest], {
    cwd: project,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      XDG_CACHE_HOME: join(home, ".cache"),
      LANG: "C.UTF-8",
      VITEST_MACHINES_LAYERS: process.env["VITEST_MACHINES_LAYERS"] ?? "",
    },
  });
  expect(stripVTControlCharacters(stdout)).toMatch(/Tests\s+3 passed/);
});
