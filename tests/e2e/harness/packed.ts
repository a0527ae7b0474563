import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    /** Folder (with a space in its name) into which the packed packages and Vitest are installed. */
    packedInstall: string;
    /** Folder with the tarballs of all packages. */
    tarballs: string;
  }
}

/** Packs every package as for a release. */
export async function packAll(into: string): Promise<string[]> {
  await run("npm", ["pack", "--pack-destination", into, "--silent"].concat(await onlyPackages()), {
    cwd: root,
  });
  return (await readdir(into)).filter((name) => name.endsWith(".tgz")).map((name) => join(into, name));
}

/** The examples are workspaces too, and private; only packages are packed. */
async function onlyPackages(): Promise<string[]> {
  const names = await readdir(join(root, "packages"));
  return names.map((name) => `--workspace=packages/${name}`);
}

/**
 * Once per run of the e2e project: packs the packages and installs them beside Vitest into an empty folder,
 * as a stranger would, so that every e2e test meets what users get and not the workspace.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const base = await mkdtemp(join(tmpdir(), "vm e2e "));
  const tarballs = join(base, "tarballs");
  const install = join(base, "my project");
  await mkdir(tarballs);
  await mkdir(install);
  const packed = await packAll(tarballs);
  await writeFile(join(install, "package.json"), JSON.stringify({ name: "my-project", private: true, type: "module" }));
  await run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "vitest@4.1.12", "@vitest/ui@4.1.12", ...packed],
    {
      cwd: install,
    },
  );
  project.provide("packedInstall", install);
  project.provide("tarballs", tarballs);
  return () => rm(base, { recursive: true, force: true });
}
