import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/**
 * unit: no QEMU, many in parallel. machines: boot real machines, each file on its own.
 * e2e: spawn a whole Vitest (signals, watch mode, packed packages) and look at it from outside.
 */
export default defineConfig({
  test: {
    clearMocks: true,
    // A file waits for its machines half of the time, so two at once pay on two processors, too.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 2 },
          include: ["packages/*/tests/**/*.test.ts", "tests/unit/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.machine.test.ts", "**/fixtures/**"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          sequence: { groupOrder: 2 },
          include: ["packages/*/tests/**/*.machine.test.ts", "tests/integration/**/*.test.ts"],
          // Many of these start a second cluster while they hold a first one; two such files would wait for each other's
          // processors for ever. Suites of users cannot: `cluster()` claims for all clusters of a file at once.
          env: { VITEST_MACHINES_BUDGET_VCPUS: "64" },
          exclude: ["**/node_modules/**", "**/fixtures/**"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          // Each of these runs Vitests of its own, which keep the processors busy: one after the other, before the rest. Vitest
          // leaves out files whose order is negative, and puts those of one worker and order 0 last.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          include: ["tests/e2e/**/*.test.ts"],
          globalSetup: ["tests/e2e/harness/packed.ts"],
          exclude: ["**/node_modules/**", "**/fixtures/**"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
