import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { rmSync } from "node:fs";
import { createLeaseFolder, leaseFolderBases } from "../../src/folders/lease-folder.ts";
import { runtimeFolder } from "../../src/folders/runtime-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const hasSharedMemory = statfsSync("/dev/shm").type === 0x01021994;

beforeEach(() => {
  vi.stubEnv("XDG_RUNTIME_DIR", temporaryFolder());
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function baseOf(memoryMiB: number): string {
  const folder = createLeaseFolder("web", memoryMiB);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return dirname(folder);
}

test.runIf(hasSharedMemory)("machines' memory goes to shared memory when all of it fits", () => {
  expect(baseOf(1)).toBe(`/dev/shm/vitest-machines-${process.getuid?.() ?? -1}`);
  expect(leaseFolderBases()).toContain(baseOf(1));
});

test("and to the runtime folder when it does not", () => {
  expect(baseOf(1024 ** 3)).toBe(runtimeFolder());
});

test("the environment has the last word", () => {
  const forced = temporaryFolder();
  vi.stubEnv("VITEST_MACHINES_RUNTIME", forced);
  expect(baseOf(1)).toBe(forced);
  expect(leaseFolderBases()).toEqual([forced]);
});
