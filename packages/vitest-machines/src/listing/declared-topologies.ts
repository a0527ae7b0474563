import type { Topology } from "@vitest-machines/driver";
import { MachinesError } from "@vitest-machines/host";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { createVitest, type TestModule, type TestProject, type TestSpecification, type Vitest } from "vitest/node";
import { Printed } from "./printed.ts";
import { metaKey, type ListingRecord } from "./record.ts";

/** In dist, whether this file runs from there or from the sources: Vitest loads it as it loads the user's setup files. */
const listener = fileURLToPath(new URL("../../dist/listing/listen.js", import.meta.url));

/**
 * The clusters that a test file declares, or else those that a module defines for others. Vitest loads the file as it does to
 * list tests, with the project's configuration: no hook and no test is run, and nothing boots.
 * @param file absolute path
 * @param root where Vitest is started
 * @throws DECLARATION_INVALID when the file cannot be loaded, one of its declarations being invalid among the reasons
 */
export async function declaredTopologies(file: string, root: string): Promise<readonly Topology[]> {
  const printed = new Printed();
  const vitest = await openVitest(root, printed);
  try {
    const specification = await specificationOf(vitest, file);
    listenFirst(specification.project);
    const { testModules, unhandledErrors } = await vitest.collectTests([specification]);
    const [module] = testModules;
    const [problem] = [...(module ? errorsOf(module) : []), ...unhandledErrors];
    if (module === undefined || problem !== undefined) {
      const { project } = specification;
      const text = printed.during(() => vitest.logger.printError(problem, { project }));
      throw new MachinesError("DECLARATION_INVALID", `${file} cannot be loaded.`, {
        facts: { file },
        evidence: [text],
      });
    }
    const record = Reflect.get(module.meta(), metaKey) as ListingRecord;
    return record.used.length > 0 ? record.used : record.defined;
  } finally {
    await vitest.close();
  }
}

async function openVitest(root: string, printed: Printed): Promise<Vitest> {
  // As Vitest's own command line does: configurations ask for them.
  process.env["VITEST"] ??= "true";
  process.env["NODE_ENV"] ??= "test";
  // On CI Vitest refuses `only`, which says nothing about clusters.
  const options = { root, watch: false, reporters: [{}], silent: true, allowOnly: true, coverage: { enabled: false } };
  return createVitest("test", options, {}, { stdout: printed.stream, stderr: printed.stream });
}

/** The file as a test file of a project, or else as if it were one of the project whose folder is nearest. */
async function specificationOf(vitest: Vitest, file: string): Promise<TestSpecification> {
  const found = await vitest.globTestSpecifications([file]);
  const own = found.find(({ moduleId }) => moduleId === file);
  if (own) return own;
  const around = (project: TestProject): number =>
    file.startsWith(`${project.config.root}${sep}`) ? project.config.root.length : 0;
  const [nearest] = [...vitest.projects].sort((a, b) => around(b) - around(a));
  return (nearest ?? vitest.getRootProject()).createSpecification(file);
}

/** Before the setup file that declares the cluster of an environment. */
function listenFirst({ config }: TestProject): void {
  config.setupFiles.unshift(listener);
  config.sequence.setupFiles = "list";
}

function errorsOf(module: TestModule): unknown[] {
  return [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
}
