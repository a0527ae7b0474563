import { expect, test } from "vitest";
import { hostResources, limitsFrom, withOverrides } from "../../src/budget/host-limits.ts";

const host = { totalMiB: 8000, availableMiB: 5000, cpus: 4 };
const unlimited = { memoryMiB: undefined, memoryLeftMiB: undefined, cpus: undefined };

test("nine tenths of what is free, four vCPUs per CPU", () => {
  expect(limitsFrom(host, unlimited)).toEqual({ memoryMiB: 4500, ceilingMiB: 8000, vcpus: 16 });
});

test("a cgroup's limits count where they are smaller", () => {
  expect(limitsFrom(host, { memoryMiB: 1000, memoryLeftMiB: 600, cpus: 1.5 })).toEqual({
    memoryMiB: 540,
    ceilingMiB: 1000,
    vcpus: 6,
  });
  expect(limitsFrom(host, { memoryMiB: 9000, memoryLeftMiB: 9000, cpus: 64 })).toEqual(limitsFrom(host, unlimited));
});

test("a fraction of a CPU still runs machines", () => {
  expect(limitsFrom(host, { ...unlimited, cpus: 0.25 }).vcpus).toBe(4);
});

test("the environment overrides the budget but not the ceiling", () => {
  const limits = limitsFrom(host, unlimited);
  const env = { VITEST_MACHINES_BUDGET_MIB: "100", VITEST_MACHINES_BUDGET_VCPUS: "3" };
  expect(withOverrides(limits, env)).toEqual({ memoryMiB: 100, ceilingMiB: 8000, vcpus: 3 });
  expect(withOverrides(limits, { VITEST_MACHINES_BUDGET_MIB: "" })).toEqual(limits);
});

test.each(["0", "-1", "1.5", "2G", " 4"])("refuses %o as a budget", (text) => {
  expect(() => withOverrides(limitsFrom(host, unlimited), { VITEST_MACHINES_BUDGET_MIB: text })).toThrow(
    `VITEST_MACHINES_BUDGET_MIB is "${text}", but must be a positive whole number`,
  );
});

test("this host's resources can be read", () => {
  const { totalMiB, availableMiB, cpus } = hostResources();
  expect(availableMiB).toBeLessThanOrEqual(totalMiB);
  expect(cpus).toBeGreaterThan(0);
});
