import { expect, it } from "vitest";
import { createProject } from "../support/run-vitest.ts";

it("a test fails with its guests, and a test whose time runs out has evidence, too", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { describe, it as plain } from "vitest";
      import { cluster } from "vitest-machines";
      describe("stumbling", () => {
        const { it, box } = cluster({ nodes: { box: {} } });
        it("dumps core", () => box.execute("kill -SEGV $$"));
        it("is well", () => box.succeed("true"));
        it("may dump core", () => box.allowStumbles(() => box.execute("kill -SEGV $$")));
        it("oopses", () => box.succeed('echo "<1>BUG: as if a kernel had one" > /dev/kmsg'));
        it("runs out of time", { timeout: 1500 }, async () => {
          await box.succeed("echo started");
          await box.succeed("echo so far; sleep 60");
        });
        it("hangs on the host", { timeout: 1500 }, async () => {
          await box.succeed("echo before it hangs");
          await new Promise(() => {});
        });
      });`,
  });
  const { tests, errors, test } = await project.run({ driver: "real", config: { testTimeout: 60_000 } });
  expect(tests).toEqual({
    "stumbling > dumps core": "failed",
    "stumbling > is well": "passed",
    "stumbling > may dump core": "passed",
    "stumbling > oopses": "failed",
    "stumbling > runs out of time": "failed",
    "stumbling > hangs on the host": "failed",
  });
  expect(errors["stumbling > dumps core"]).toHaveLength(1);
  expect(errors["stumbling > dumps core"]![0]).toMatch(
    /^GUEST_STUMBLED: box: sh \(pid \d+\) dumped core: SIGSEGV\.\nbox's console/,
  );
  expect(errors["stumbling > oopses"]![0]).toMatch(/^GUEST_STUMBLED: box: BUG: as if a kernel had one\./);
  const evidence = (name: string): string =>
    test(name)
      .annotations()
      .map(({ message }) => message)
      .join("\n");
  expect(evidence("stumbling > dumps core")).toMatch(/\$ kill -SEGV \$\$ {2}\(signal SIGSEGV, [^]*core dumped by sh/);
  expect(evidence("stumbling > runs out of time")).toMatch(/\$ echo so far; sleep 60[^]*so far[^]*box's console/);
  expect(evidence("stumbling > hangs on the host")).toMatch(/\$ echo before it hangs[^]*box's console/);
  expect(evidence("stumbling > is well")).toBe("");
});
