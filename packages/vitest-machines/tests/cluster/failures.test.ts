import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProject, runVitest } from "../support/run-vitest.ts";

const head = `
import { beforeAll, describe, expect, it as plainIt } from "vitest";
import { cluster } from "vitest-machines";
`;

describe("a cluster that does not boot", () => {
  const files = {
    "a.test.ts": `${head}
      describe("net", () => {
        const { it, a, b } = cluster({
          nodes: { a: {}, b: { broken: true } },
        });
        it("first", () => a.succeed("never"));
        it("second", () => a.succeed("never"));
      });
      plainIt("unrelated", () => {});`,
  };

  it("is one error, at the user's line and with the evidence, and skipped tests", async () => {
    const project = await createProject(files);
    const { tests, errors, output, journal, modules, unhandled } = await project.run();
    expect(tests).toEqual({ "net > first": "skipped", "net > second": "skipped", unrelated: "passed" });
    const [message = ""] = errors["net"]!;
    expect(message).toMatch(
      /^BOOT_FAILED: b did not boot\nconsole tail:\nKernel panic\ntopology: .*\/net\/topology\.svg$/,
    );
    const picture = message.split("topology: ").at(-1)!;
    expect(await readFile(join(project.root, picture), "utf8")).toContain("<title>net: ");
    expect(Object.keys(errors)).toEqual(["net"]);
    expect(unhandled).toEqual([]);
    expect(journal).toEqual(["boot a b"]);
    const [suite] = modules[0]!.children.suites();
    expect(suite!.errors()[0]!.stacks![0]).toMatchObject({
      file: join(project.root, "a.test.ts"),
      line: 6,
      column: 30,
    });
    expect(output).toContain("const { it, a, b } = cluster({");
    expect(output).toContain("not up after");
  });

  it("gives the keeper nothing to complain of", async () => {
    const project = await createProject(files);
    const vitest = await project.start();
    await vitest.start();
    await vitest.close();
    process.exitCode = 0;
    expect(project.output()).not.toContain("keeper:");
  });
});

describe("a failing test", () => {
  const files = {
    "a.test.ts": `${head}
      describe("net", () => {
        const { it, server } = cluster({ nodes: { server: {} } });
        it("fails by a verb", async () => {
          await server.succeed("prepare");
          await server.succeed("fail now");
        });
        it("fails by an assertion", () => { expect(1).toBe(2); });
        it("runs out of time in a verb", { timeout: 1000 }, async () => { await server.succeed("hang"); });
        it("runs out of time elsewhere", { timeout: 300 }, () => new Promise(() => {}));
        plainIt("is not made by the cluster", () => { expect(1).toBe(3); });
        it("passes", async () => {});
      });`,
  };

  it("gets what its machines last did as an annotation at its own line, a passing one gets nothing", async () => {
    const { test, tests } = await runVitest(files);
    expect(tests["net > passes"]).toBe("passed");
    expect(test("net > passes").annotations()).toEqual([]);
    for (const [name, line] of [
      ["fails by a verb", 7],
      ["fails by an assertion", 11],
      ["runs out of time in a verb", 12],
      ["runs out of time elsewhere", 13],
      ["is not made by the cluster", 14],
    ] as const) {
      expect(tests[`net > ${name}`], name).toBe("failed");
      const [annotation, ...more] = test(`net > ${name}`).annotations();
      expect(
        more.filter(({ type }) => type !== "topology"),
        name,
      ).toEqual([]);
      expect(annotation, name).toMatchObject({ type: "machine server", location: { line } });
      expect(annotation!.message, name).toMatch(
        /^last commands of server:\nprepare\nfail now\n[^]*console:\nLinux says hello$/,
      );
    }
  });

  it("comes with a picture of the cluster, the first of its suite", async () => {
    const project = await createProject(files);
    const { test, tests } = await project.run();
    const pictures = Object.keys(tests).flatMap((name) =>
      test(name)
        .annotations()
        .filter(({ type }) => type === "topology")
        .map((annotation) => ({ name, ...annotation })),
    );
    expect(pictures).toEqual([
      expect.objectContaining({
        name: "net > fails by a verb",
        message: expect.stringMatching(/\/net\/topology\.svg$/),
      }),
    ]);
    const { message, attachment } = pictures[0]!;
    expect(attachment).toMatchObject({ contentType: "image/svg+xml" });
    const svg = await readFile(join(project.root, message), "utf8");
    expect(Buffer.from(String(attachment!.body), "base64").toString()).toBe(svg);
    expect(svg).toContain("<title>net: ");
  });

  it("points at the user's lines and nothing of this package", async () => {
    const { errors, test, output } = await runVitest(files);
    expect(Object.keys(errors)).toHaveLength(5);
    for (const [name, line] of [
      ["fails by a verb", 9],
      ["fails by an assertion", 11],
      ["runs out of time in a verb", 12],
      ["runs out of time elsewhere", 13],
    ] as const) {
      const [error] = test(`net > ${name}`).result().errors!;
      expect(
        error!.stacks!.map((frame) => frame.line),
        name,
      ).toEqual([line]);
    }
    expect(output).not.toContain("Serialized Error");
  });

  it("says what it waited for when its time is over", async () => {
    const { errors } = await runVitest(files);
    expect(errors["net > runs out of time in a verb"]).toEqual([
      "ABORTED: stopped waiting for hang: the test's time of 1000 ms is over",
    ]);
    expect(errors["net > runs out of time elsewhere"]![0]).toContain("Test timed out in 300ms");
  });

  it("shows the evidence in every reporter", async () => {
    const project = await createProject(files);
    const { output } = await project.run({
      config: {
        reporters: ["default", "junit", "github-actions", "json", "html"],
        outputFile: { junit: "junit.xml", json: "report.json" },
      },
    });
    expect(output).toMatch(/machine server\n[^]*last commands of server/);
    expect(output).toMatch(
      /::notice file=.*a\.test\.ts,line=11,column=\d+,title=machine server::last commands of server/,
    );
    expect(await readFile(join(project.root, "junit.xml"), "utf8")).toMatch(
      /name="machine server" value="last commands of server/,
    );
    expect(await readdir(join(project.root, "html"))).toContain("index.html");
  });
});

describe("misuse", () => {
  it("of a handle outside its suite and before boot says when it can be used", async () => {
    const { errors, tests } = await runVitest({
      "a.test.ts": `${head}
        let leaked;
        describe("net", () => {
          beforeAll(() => { expect(() => early.succeed("x")).toThrow(/HANDLE_MISUSE: machine "early" was used \\(succeed\\) before its cluster is booted/); });
          const { it, early } = cluster({ nodes: { early: {} } });
          leaked = early;
          it("works", () => early.succeed("fine"));
        });
        plainIt("late", () => leaked.succeed("late"));
        plainIt("printed", () => { expect(String(leaked.name)).toBe("early"); });`,
    });
    expect(tests).toEqual({ "net > works": "passed", late: "failed", printed: "passed" });
    expect(errors["late"]![0]).toMatch(
      /^HANDLE_MISUSE: machine "early" was used \(succeed\) after its suite has ended/,
    );
  });

  it("of cluster() inside a test", async () => {
    const { errors } = await runVitest({
      "a.test.ts": `${head} plainIt("inside", () => { cluster({ nodes: { a: {} } }); });`,
    });
    expect(errors["inside"]![0]).toMatch(/^HANDLE_MISUSE: cluster\(\) was called within a test\nCall it in a describe/);
  });

  it("of one cluster for two files is refused at collection", async () => {
    const { errors, tests } = await runVitest(
      {
        "shared.ts": `import { cluster } from "vitest-machines"; export const { it, a } = cluster({ nodes: { a: {} } });`,
        "one.test.ts": `import { it } from "./shared.ts"; it("one", ({ a }) => a.succeed("one"));`,
        "two.test.ts": `import { it } from "./shared.ts"; it("two", ({ a }) => a.succeed("two"));`,
      },
      { config: { isolate: false, maxWorkers: 1 } },
    );
    expect(Object.values(tests)).toEqual(["passed"]);
    const [[message]] = Object.values(errors) as [[string]];
    expect(message).toMatch(
      /^HANDLE_MISUSE: this cluster was declared for .*(one|two)\.test\.ts, and .*(one|two)\.test\.ts uses its tests too/,
    );
    expect(message).toContain("defineCluster()");
  });

  it("of a configuration without the plugin says what to add", async () => {
    const { errors, tests } = await runVitest(
      {
        "a.test.ts": `${head} const { it, a } = cluster({ nodes: { a: {} } }); it("never", () => a.succeed("never"));`,
      },
      { plugin: false },
    );
    expect(tests).toEqual({ never: "skipped" });
    expect(errors["a.test.ts"]).toEqual([
      [
        "PLUGIN_MISSING: this Vitest project has no machines() plugin, which starts and ends machines",
        "Add it to vitest.config.ts:",
        '  import { machines } from "vitest-machines/plugin";',
        "  export default defineConfig({ plugins: [machines()] });",
      ].join("\n"),
    ]);
  });

  it("of a declaration is refused at collection, at the user's line", async () => {
    const { errors, output } = await runVitest({
      "a.test.ts": `${head} const { it } = cluster({ nodes: { a: { memory: "nonsense" } } });`,
    });
    expect(errors["a.test.ts"]).toEqual(['DECLARATION_INVALID: memory of "a" is nonsense']);
    expect(output).toMatch(/❯ a\.test\.ts:4:\d+/);
  });
});
