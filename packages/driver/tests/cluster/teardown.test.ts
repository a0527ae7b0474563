import { expect, it } from "vitest";
import { Teardown } from "../../src/cluster/teardown.ts";

it("undoes the last first, once", async () => {
  const done: string[] = [];
  const teardown = new Teardown();
  teardown.add(() => void done.push("first"));
  teardown.add(async () => void done.push("second"));
  await Promise.all([teardown.run(), teardown.run()]);
  await teardown.run();
  expect(done).toEqual(["second", "first"]);
});

it("goes on after a failure, and tells it", async () => {
  const done: string[] = [];
  const teardown = new Teardown();
  teardown.add(() => void done.push("first"));
  teardown.add(() => Promise.reject(new Error("stuck")));
  await expect(teardown.run()).rejects.toThrow("stuck");
  expect(done).toEqual(["first"]);
});

it("tells several failures together", async () => {
  const teardown = new Teardown();
  teardown.add(() => Promise.reject(new Error("one")));
  teardown.add(() => Promise.reject(new Error("two")));
  await expect(teardown.run()).rejects.toMatchObject({ errors: [{ message: "two" }, { message: "one" }] });
});
