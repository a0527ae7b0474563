import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, runVitest } from "../support/run-vitest.ts";

// In two parts, because Vitest reads these words in this very file too.
const doc = "@vitest";
const environmentOptions = { machines: { cluster: "./lab.yaml" } } as never;
const test = `// ${doc}-environment machines
import { expect, it } from "vitest";
import { machines } from "vitest-machines/environment";
const { inside, router } = machines;
it("one", async () => { expect(await inside.succeed("one")).toBe("inside$ one\\n"); });
it("two", async () => { await router.succeed("fail two"); });
`;
const lab = "name: lab\nnodes:\n  router: { vlans: [1, 2] }\n  inside:\n";

describe("the machines environment", () => {
  it("boots the cluster of a YAML file for the file, and for no other file", async () => {
    const {
      tests,
      journal,
      test: find,
    } = await runVitest(
      {
        "lab.yaml": lab,
        "a.test.ts": test,
        "b.test.ts": `import { it } from "vitest"; it("plain", () => {});`,
      },
      { config: { environmentOptions } },
    );
    expect(tests).toEqual({ one: "passed", two: "failed", plain: "passed" });
    expect(journal).toEqual(["boot router inside", "inside: one", "router: fail two", "stop router inside"]);
    expect(
      find("two")
        .annotations()
        .map(({ type }) => type),
    ).toEqual(["machine router", "machine inside", "topology"]);
  });

  it("can be told its file in the test file, and boots each file its own cluster without isolation", async () => {
    const options = (file: string): string => `// ${doc}-environment-options {"cluster": "./${file}"}\n`;
    const { tests, errors, journal } = await runVitest(
      {
        "lab.yaml": lab,
        "one.yaml": "nodes: { only: {} }",
        "a.test.ts": options("lab.yaml") + test,
        "b.test.ts": `// ${doc}-environment machines\n${options("one.yaml")}
          import { it } from "vitest";
          import { machines } from "vitest-machines/environment";
          it("other", () => machines.only.succeed("x"));
          it("unknown", () => machines.nobody.succeed("x"));`,
      },
      { config: { isolate: false, maxWorkers: 1 } },
    );
    expect(tests).toEqual({ one: "passed", two: "failed", other: "passed", unknown: "failed" });
    expect(errors["unknown"]).toEqual([
      'HANDLE_MISUSE: the cluster of this file has no machine "nobody"\nIt has: only.',
    ]);
    expect(journal.filter((line) => /boot|stop/.test(line)).sort()).toEqual([
      "boot only",
      "boot router inside",
      "stop only",
      "stop router inside",
    ]);
  });

  it("boots nothing when no test of the file is selected", async () => {
    const { journal } = await runVitest(
      { "lab.yaml": lab, "a.test.ts": test },
      { config: { environmentOptions, testNamePattern: "nothing" } },
    );
    expect(journal).toEqual([]);
  });

  it.each([
    [
      "a mistake in the file",
      { "lab.yaml": "nodes:\n  a: { cpuss: 2 }\n" },
      environmentOptions,
      /^DECLARATION_INVALID: .*lab\.yaml:2:8: unknown key "cpuss"/,
    ],
    [
      "a file that is not there",
      {},
      environmentOptions,
      /^DECLARATION_INVALID: the cluster file cannot be read: ENOENT.*lab\.yaml/,
    ],
    [
      "no file named",
      {},
      {} as never,
      /^DECLARATION_INVALID: the machines environment has no cluster file to boot\nName it in/,
    ],
  ])("makes %s one error of the test file", async (_what, files, options, message) => {
    const project = await createProject({ ...files, "a.test.ts": test });
    const { errors, tests, unhandled } = await project.run({ config: { environmentOptions: options } });
    expect(tests).toEqual({});
    expect(errors["a.test.ts"]).toEqual([expect.stringMatching(message)]);
    expect(unhandled).toEqual([]);
  });

  it("makes a failed boot one error, at the cluster file", async () => {
    const project = await createProject({ "lab.yaml": lab, "a.test.ts": test });
    const { errors, tests, modules } = await project.run({
      config: { environmentOptions, env: { FAKE_DRIVER_BROKEN: "router" } },
    });
    expect(tests).toEqual({ one: "skipped", two: "skipped" });
    expect(errors["a.test.ts"]).toEqual([expect.stringMatching(/^BOOT_FAILED: router did not boot/)]);
    expect(modules[0]!.errors()[0]!.stacks![0]).toMatchObject({ file: join(project.root, "lab.yaml"), line: 1 });
  });

  it("says so when a file without it asks for its machines", async () => {
    const { errors } = await runVitest({
      "a.test.ts": `import { it } from "vitest"; import { machines } from "vitest-machines/environment"; const { a } = machines; it("x", () => {});`,
    });
    expect(errors["a.test.ts"]![0]).toMatch(/^HANDLE_MISUSE: this file does not run in the machines environment/);
  });
});
