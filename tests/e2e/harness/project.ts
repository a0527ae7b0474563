import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { inject, onTestFinished } from "vitest";
import { createRuntimeFolder, processesOf } from "./leftovers.ts";

const config = `
import { defineConfig } from "vitest/config";
import { machines } from "vitest-machines/plugin";
export default defineConfig({ plugins: [machines()], test: { include: ["**/*.test.ts"] } });
`;

export interface Project {
  folder: string;
  /** VITEST_MACHINES_RUNTIME of everything that this project starts. */
  runtimeFolder: string;
  write(files: Record<string, string>): Promise<void>;
  /** Starts Vitest in the project. */
  vitest(args: string[], options?: { env?: Record<string, string>; tty?: boolean }): RunningVitest;
}

export interface RunningVitest {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything printed so far, without colours. */
  output(): string;
  /** Waits until the output from `from` on matches. */
  printed(pattern: RegExp, options?: { from?: number; timeout?: number }): Promise<void>;
  readonly exit: Promise<{ code: number | null; signal: string | null; output: string }>;
}

/** A folder with a Vitest and the packed packages, and the Node to run them with. */
export interface Installation {
  folder: string;
  node: string;
}

export interface ProjectOptions {
  /** Default: Vitest 4 and this very Node. */
  installation?: Installation;
  /** For everything that the project starts. */
  env?: Record<string, string>;
}

const vitest4 = (): Installation => ({ folder: inject("packedInstall"), node: process.execPath });

/** A project below an installation of the packed packages, so that `vitest-machines` is what users get. */
export async function createProject(
  files: Record<string, string>,
  { installation = vitest4(), env = {} }: ProjectOptions = {},
): Promise<Project> {
  const install = installation.folder;
  await mkdir(join(install, "projects"), { recursive: true });
  const folder = await mkdtemp(join(install, "projects", "a project "));
  const runtimeFolder = await createRuntimeFolder();
  const running = new Set<ChildProcess>();
  const project: Project = {
    folder,
    runtimeFolder,
    async write(more) {
      for (const [name, text] of Object.entries(more)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        // Whole at once, as editors save: what watches the folder would otherwise read half a file.
        await writeFile(`${folder}.new`, text);
        await rename(`${folder}.new`, join(folder, name));
      }
    },
    vitest(args, options = {}) {
      const started = startVitest(installation, { folder, runtimeFolder }, args, {
        ...options,
        env: { ...env, ...options.env },
      });
      running.add(started.child);
      started.child.once("exit", () => running.delete(started.child));
      return started;
    },
  };
  onTestFinished(async () => {
    for (const child of running) child.kill("SIGKILL");
    // Only processes of this project carry its runtime folder in their environment.
    for (const line of await processesOf(runtimeFolder)) killQuietly(Number(line.split(" ")[0]));
    await rm(folder, { recursive: true, force: true });
    await rm(runtimeFolder, { recursive: true, force: true });
  });
  await project.write({ "vitest.config.ts": config, ...files });
  return project;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function startVitest(
  installation: Installation,
  { folder, runtimeFolder }: Pick<Project, "folder" | "runtimeFolder">,
  args: string[],
  options: { env: Record<string, string>; tty?: boolean },
): RunningVitest {
  const argv = [installation.node, join(installation.folder, "node_modules/vitest/vitest.mjs"), ...args];
  // `script` gives the child a terminal of its own and passes signals and keys on, as a user's terminal does.
  const [file, ...rest] = options.tty
    ? ["script", "-qefc", argv.map((word) => `'${word}'`).join(" "), "/dev/null"]
    : argv;
  const child = spawn(file ?? process.execPath, rest, {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    env: { ...cleanEnvironment(), VITEST_MACHINES_RUNTIME: runtimeFolder, ...options.env },
  });
  let text = "";
  const take = (chunk: Buffer): void => {
    text += stripVTControlCharacters(chunk.toString());
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const exit = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, output: text }));
  });
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    async printed(pattern, { from = 0, timeout = 60_000 } = {}) {
      const end = performance.now() + timeout;
      while (!pattern.test(text.slice(from))) {
        if (performance.now() > end) throw new Error(`no ${String(pattern)} within ${String(timeout)} ms in:\n${text}`);
        if (child.exitCode !== null) throw new Error(`vitest ended without ${String(pattern)}:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    exit,
  };
}

/** Without what the outer Vitest and a CI tell their children; where images and layers are, and whether there are any, stays. */
function cleanEnvironment(): Record<string, string> {
  const left = Object.entries(process.env).filter(
    ([name, value]) =>
      value !== undefined && !/^(VITEST(?!_MACHINES_)|CI$|GITHUB_ACTIONS$|NODE_ENV$|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  return Object.fromEntries(left) as Record<string, string>;
}
