import { describe, expect, it } from "vitest";
import { runVitest } from "../support/run-vitest.ts";

const head = `
import { beforeAll, beforeEach, describe, expect, it as plainIt } from "vitest";
import { cluster } from "vitest-machines";
`;

describe('reset: "test"', () => {
  it("takes machines back before each test that follows a use of them, and before each try", async () => {
    const { tests, journal, errors } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} }, reset: "test" });
          let tries = 0;
          it("one", () => a.succeed("one"));
          it("leaves them alone", () => {});
          it("follows one that did", () => a.succeed("two"));
          it("is tried twice", { retry: 1 }, () => a.succeed(tries++ === 0 ? "fail" : "fine"));
          it("is repeated", { repeats: 1 }, () => a.succeed("again"));
        });`,
    });
    expect(errors).toEqual({ "net > is tried twice": [expect.stringContaining("COMMAND_FAILED")] });
    expect(new Set(Object.values(tests))).toEqual(new Set(["passed"]));
    expect(journal).toEqual([
      "boot a",
      ...["a: one", "reset a", "a: two", "reset a", "a: fail", "reset a", "a: fine"],
      ...["reset a", "a: again", "reset a", "a: again"],
      "stop a",
    ]);
  });

  it("undoes what a hook of the suite did, before hooks of the test", async () => {
    const { journal, errors } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} }, reset: "test" });
          beforeAll(() => a.succeed("before all"));
          beforeEach(() => a.succeed("before each"));
          it("one", () => a.succeed("one"));
          describe("inner", () => { plainIt("two", () => a.succeed("two")); });
        });`,
    });
    expect(errors).toEqual({});
    expect(journal).toEqual([
      "boot a",
      "a: before all",
      ...["reset a", "a: before each", "a: one"],
      ...["reset a", "a: before each", "a: two"],
      "stop a",
    ]);
  });

  it("does not go together with concurrent tests, which are told so", async () => {
    const { tests, errors } = await runVitest({
      "a.test.ts": `${head}
        describe("net", () => {
          const { it, a } = cluster({ nodes: { a: {} }, reset: "test" });
          it("alone", () => a.succeed("one"));
          it.concurrent("beside another", () => a.succeed("two"));
        });`,
    });
    expect(tests).toEqual({ "net > alone": "passed", "net > beside another": "failed" });
    expect(errors["net > beside another"]![0]).toMatch(
      /^HANDLE_MISUSE: reset: "test" and the concurrent test "beside another" exclude each other\nTests that run at once share/,
    );
  });

  it("is refused for machines that tests start, at the user's line", async () => {
    const { errors, output } = await runVitest({
      "a.test.ts": `${head} const { it } = cluster({ nodes: { a: {} }, boot: "manual", reset: "test" });`,
    });
    expect(errors["a.test.ts"]![0]).toMatch(/^DECLARATION_INVALID: reset: "test" cannot be with boot: "manual"/);
    expect(output).toMatch(/❯ a\.test\.ts:4:\d+/);
  });
});

it("a cluster is reset through its handle, with the test's signal, and not before it is up", async () => {
  const { journal, errors } = await runVitest({
    "a.test.ts": `${head}
      describe("net", () => {
        const { it, a, cluster: net } = cluster({ nodes: { a: {} } });
        expect(() => net.reset()).toThrow(/HANDLE_MISUSE: the cluster was used \\(reset\\) before its cluster is booted/);
        it("one", async () => { await a.succeed("one"); await net.reset(); await a.succeed("two"); });
      });`,
  });
  expect(errors).toEqual({});
  expect(journal).toEqual(["boot a", "a: one", "reset a", "a: two", "stop a"]);
});
