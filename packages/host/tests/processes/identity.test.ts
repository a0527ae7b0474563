import { expect, test } from "vitest";
import { isSameProcess, ownIdentity, parseStartTime, processIdentity } from "../../src/processes/identity.ts";

const fieldsFrom4To22 = "1 2 3 0 -1 4194560 5 0 0 0 0 0 0 0 20 0 1 0 8765";

test.each(["plain", "with space", "a) S 1 (b", ") Z ) "])("finds the start time behind the name %o", (name) => {
  expect(parseStartTime(`42 (${name}) S ${fieldsFrom4To22} 99 98`)).toBe("8765");
});

test.each(["Z", "X"])("a process in state %s is gone", (state) => {
  expect(parseStartTime(`42 (x) ${state} ${fieldsFrom4To22}`)).toBeUndefined();
});

test("this process is itself", () => {
  expect(ownIdentity().startTime).toMatch(/^\d+$/);
  expect(isSameProcess(ownIdentity())).toBe(true);
});

test("the same pid with another start time, or before another boot, is another process", () => {
  expect(isSameProcess({ ...ownIdentity(), startTime: "1" })).toBe(false);
  expect(isSameProcess({ ...ownIdentity(), bootId: "another" })).toBe(false);
});

test("a process that cannot be seen from here counts as running", () => {
  expect(isSameProcess({ ...ownIdentity(), startTime: "1", pidNamespace: "pid:[1]" })).toBe(true);
});

test("there is no identity without a process", () => {
  // One above the largest pid that Linux hands out (2^22).
  expect(processIdentity(2 ** 22 + 1)).toBeUndefined();
});
