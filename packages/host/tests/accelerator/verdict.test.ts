import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { immediateVerdict } from "../../src/accelerator/verdict.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function device(mode: number): string {
  const file = join(temporaryFolder(), "kvm");
  writeFileSync(file, "");
  chmodSync(file, mode);
  return file;
}

test.each(["kvm", "tcg"] as const)("the environment can ask for %s, device or not", (accelerator) => {
  expect(immediateVerdict({ VITEST_MACHINES_ACCELERATOR: accelerator }, "/nowhere")).toEqual({
    accelerator,
    reason: `VITEST_MACHINES_ACCELERATOR asks for ${accelerator}.`,
    cached: false,
  });
});

test("refuses another value and names the valid ones", () => {
  expect(() => immediateVerdict({ VITEST_MACHINES_ACCELERATOR: "hvf" })).toThrow(/"hvf"[^]*Valid values: kvm, tcg/);
});

test("without a device it is emulation, and the reason names the possible causes", () => {
  expect(immediateVerdict({}, "/nowhere/kvm")).toMatchObject({
    accelerator: "tcg",
    reason: expect.stringMatching(/^\/nowhere\/kvm does not exist: .*firmware.*container/),
  });
});

test.skipIf(process.getuid?.() === 0)("a device that may not be opened is emulation, with the fix", () => {
  expect(immediateVerdict({}, device(0o000))).toMatchObject({
    accelerator: "tcg",
    reason: expect.stringContaining("sudo usermod -aG kvm"),
  });
});

test("a device that can be opened proves nothing: only a probe can tell", () => {
  expect(immediateVerdict({ VITEST_MACHINES_ACCELERATOR: "" }, device(0o600))).toBeUndefined();
});
