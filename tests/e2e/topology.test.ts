import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { nothingLeftWithin } from "./harness/leftovers.ts";
import { createProject } from "./harness/project.ts";

const run = promisify(execFile);

it("a stranger's test file and YAML file are drawn, and nothing is left", async () => {
  const project = await createProject({
    "office.test.ts": `
      import { describe } from "vitest";
      import { cluster } from "vitest-machines";
      describe("an office", () => {
        const { it, a } = cluster({ nodes: { a: {}, b: { vlans: [1, 2] as const } } });
        it("is not run", () => a.succeed("false"));
      });`,
    "lab.yaml": "nodes: { c: , d: }",
  });
  const program = join(inject("packedInstall"), "node_modules/vitest-machines/dist/cli/main.js");
  const env = { ...process.env, VITEST_MACHINES_RUNTIME: project.runtimeFolder };
  const draw = async (file: string): Promise<string> =>
    (await run(process.execPath, [program, "topology", file], { cwd: project.folder, env })).stdout;
  expect(await draw("office.test.ts")).toContain('title: "an office: 2 machines, 2 networks"');
  expect(await draw("lab.yaml")).toContain('title: "lab.yaml: 2 machines, 1 network"');
  expect(await nothingLeftWithin(project.runtimeFolder, 5000)).toEqual({ processes: [], files: [] });
});
