import { expect, it } from "vitest";
import { createProject } from "../support/run-vitest.ts";

it("retries and conditions end with the test that they are in", async () => {
  const project = await createProject({
    "a.test.ts": `
      import { expect } from "vitest";
      import { cluster, retry } from "vitest-machines";
      const { it, box, cluster: lab } = cluster({ nodes: { box: {} } });
      let condition;
      it("retries for too long", { timeout: 1500 }, () => retry(() => expect(box.name).toBe("other")));
      it("breaks its condition", async () => {
        let looks = 0;
        condition = lab.pollingCondition("two looks", () => ++looks < 3, { interval: 50 });
        await box.succeed("sleep 60");
      });
      it("has no condition any more", async () => {
        expect(condition.over.aborted).toBe(true);
        await box.succeed("true");
      });`,
  });
  const { tests, errors, test } = await project.run({ driver: "real", config: { testTimeout: 60_000 } });
  expect(tests).toEqual({
    "retries for too long": "failed",
    "breaks its condition": "failed",
    "has no condition any more": "passed",
  });
  expect(errors["retries for too long"]![0]).toMatch(
    /^ABORTED: retried for \d\.\d s in vain .*: the test's time of 1500 ms is over\.\nThe last attempt threw expected 'box' to be 'other'/,
  );
  expect(test("retries for too long").result().errors![0]!.stacks).toMatchObject([{ line: 6 }]);
  expect(errors["breaks its condition"]![0]).toMatch(
    /^CONDITION_FAILED: the condition "two looks" does not hold: its check returned false\.\nbox was running: sleep 60/,
  );
  expect(test("breaks its condition").result().errors![0]!.stacks).toMatchObject([{ line: 10 }]);
});
