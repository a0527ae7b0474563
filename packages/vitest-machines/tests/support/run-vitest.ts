import { mkdtemp, readFile, rm, symlink, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { onTestFinished } from "vitest";
import { createVitest, type TestCase, type TestModule, type Vitest, type InlineConfig } from "vitest/node";
import { ownRuntime } from "./own-runtime.ts";
import { machines, type MachinesPluginOptions } from "../../src/plugin/index.ts";

const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
const fakeDriver = fileURLToPath(new URL("../fixtures/fake-driver/index.ts", import.meta.url));
const fakeImages = fileURLToPath(new URL("../fixtures/fake-driver/images.ts", import.meta.url));

export interface RunOptions {
  config?: InlineConfig | undefined;
  /** `false` leaves the plugin out. */
  plugin?: MachinesPluginOptions | false | undefined;
  /** Which driver the workers get; the fake one unless a test wants real machines. */
  driver?: "fake" | "real" | undefined;
  /** Relative to the root, with `:LINE` if wanted. */
  filters?: string[] | undefined;
}

export interface Project {
  readonly root: string;
  /** What the fake driver did, in order. */
  journal(): Promise<string[]>;
  /** Everything that Vitest printed so far. */
  output(): string;
  start(options?: RunOptions): Promise<Vitest>;
  run(options?: RunOptions): Promise<Outcome>;
}

export interface Outcome {
  /** Test states by full name. */
  readonly tests: Record<string, string>;
  /** Messages of errors by the full name of the test, suite or file that has them. */
  readonly errors: Record<string, string[]>;
  readonly unhandled: unknown[];
  readonly output: string;
  readonly journal: string[];
  readonly modules: readonly TestModule[];
  readonly test: (name: string) => TestCase;
}

/** A Vitest project in a temporary folder, run in this very process with the plugin from the sources. */
export async function createProject(files: Record<string, string>): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), "vitest-machines test-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  await symlink(join(packageFolder, "../../node_modules"), join(root, "node_modules"));
  const journalFile = join(root, "journal");
  const chunks: string[] = [];
  const collect = (): Writable => {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk.toString());
        done();
      },
    });
    // Vitest pipes workers into it, and a pipe ends what is not the process's own stream when its source ends.
    return Object.assign(stream, { end: () => stream });
  };
  const [stdout, stderr] = [collect(), collect()];
  const printed = (): string => stripVTControlCharacters(chunks.join(""));
  const journal = async (): Promise<string[]> =>
    (await readFile(journalFile, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

  let hasOwnRuntime = false;
  const start = async ({ config, plugin, driver = "fake" }: RunOptions = {}): Promise<Vitest> => {
    // Machines that are none need nothing of the host's budget.
    if (driver === "fake" && !hasOwnRuntime) ownRuntime();
    hasOwnRuntime ||= driver === "fake";
    const vitest = await createVitest(
      "test",
      {
        root,
        watch: false,
        config: false,
        // On CI Vitest refuses `only`, which is one of the things to be tested.
        allowOnly: true,
        reporters: ["default"],
        ...config,
        env: { FAKE_DRIVER_JOURNAL: journalFile, ...config?.env },
      },
      {
        plugins: plugin === false ? [] : [machines(plugin)],
        resolve: {
          alias: [
            { find: /^vitest-machines$/, replacement: join(packageFolder, "src/index.ts") },
            { find: /^vitest-machines\/environment$/, replacement: join(packageFolder, "src/environment/handles.ts") },
            ...(driver === "fake"
              ? [
                  { find: "@vitest-machines/driver", replacement: fakeDriver },
                  { find: "@vitest-machines/images", replacement: fakeImages },
                ]
              : []),
          ],
        },
      },
      { stdout, stderr },
    );
    onTestFinished(() => vitest.close());
    return vitest;
  };

  const run = async (options: RunOptions = {}): Promise<Outcome> => {
    const vitest = await start(options);
    const { exitCode } = process;
    await vitest.start(options.filters?.map((filter) => join(root, filter)));
    await vitest.close();
    // Vitest sets it for a failing run, and this run is not the one that it was meant for.
    process.exitCode = exitCode;
    return { ...outcome(vitest), output: printed(), journal: await journal() };
  };
  return { root, journal, output: printed, start, run };
}

/** Runs a project once. */
export async function runVitest(files: Record<string, string>, options?: RunOptions): Promise<Outcome> {
  return await (await createProject(files)).run(options);
}

export function outcome(vitest: Vitest): Omit<Outcome, "output" | "journal"> {
  const modules = vitest.state.getTestModules();
  const tests: Record<string, string> = {};
  const errors: Record<string, string[]> = {};
  const cases = new Map<string, TestCase>();
  for (const module of modules) {
    const note = (name: string, found: readonly { message: string }[] | undefined): void => {
      if (found && found.length > 0) errors[name] = found.map(({ message }) => message);
    };
    note(module.relativeModuleId, module.errors());
    for (const suite of module.children.allSuites()) note(suite.fullName, suite.errors());
    for (const test of module.children.allTests()) {
      tests[test.fullName] = test.result().state;
      cases.set(test.fullName, test);
      note(test.fullName, test.result().errors);
    }
  }
  const test = (name: string): TestCase => {
    const found = cases.get(name);
    if (!found) throw new Error(`no test "${name}" among: ${[...cases.keys()].join(", ")}`);
    return found;
  };
  return { modules, tests, errors, unhandled: vitest.state.getUnhandledErrors(), test };
}
