import { accessSync, appendFileSync, chmodSync, constants, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { acceleratorVerdict } from "../../src/accelerator/accelerator-verdict.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: string;

/** Puts a program that counts its runs in QEMU's place. */
beforeEach(() => {
  folder = temporaryFolder();
  const qemu = join(folder, "qemu-system-x86_64");
  writeFileSync(qemu, `#!/bin/sh\necho run >>"${folder}/runs"\necho "Run /init as init process"\nexec sleep 1000\n`);
  chmodSync(qemu, 0o755);
  writeFileSync(join(folder, "kernel"), "kernel");
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
  vi.stubEnv("VITEST_MACHINES_CACHE", join(folder, "cache"));
  vi.stubEnv("VITEST_MACHINES_ACCELERATOR", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const kernel = (): string => join(folder, "kernel");
const runs = (): number => readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length;
const verdicts = (): string[] => readdirSync(join(folder, "cache")).filter((name) => name.endsWith(".json"));

// What these tests are about comes after the device was found usable.
const testWithKvm = test.skipIf(!kvmOpens());

testWithKvm("probes once, also for callers that come at the same time, and remembers", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => acceleratorVerdict({ kernel: kernel() })));
  expect(answers.map(({ accelerator }) => accelerator)).toEqual(["kvm", "kvm", "kvm"]);
  expect(answers.filter(({ cached }) => !cached)).toHaveLength(1);
  expect(await acceleratorVerdict({ kernel: kernel() })).toMatchObject({ cached: true });
  expect(runs()).toBe(1);
});

testWithKvm("probes again for another kernel, other parameters, or another QEMU", async () => {
  await acceleratorVerdict({ kernel: kernel() });
  await acceleratorVerdict({ kernel: kernel(), kernelParams: ["audit=0"] });
  appendFileSync(kernel(), "!");
  await acceleratorVerdict({ kernel: kernel() });
  appendFileSync(join(folder, "qemu-system-x86_64"), "#\n");
  await acceleratorVerdict({ kernel: kernel() });
  expect(runs()).toBe(4);
});

testWithKvm("answers of earlier host boots are removed", async () => {
  await acceleratorVerdict({ kernel: kernel() });
  const old = join(folder, "cache", "accelerator-earlier-0123.json");
  writeFileSync(old, "{}");
  await acceleratorVerdict({ kernel: kernel(), kernelParams: ["audit=0"] });
  expect(verdicts()).toHaveLength(2);
  expect(verdicts()).not.toContain("accelerator-earlier-0123.json");
});

test("asks no QEMU when the environment decides", async () => {
  vi.stubEnv("VITEST_MACHINES_ACCELERATOR", "tcg");
  vi.stubEnv("PATH", "/nowhere");
  expect(await acceleratorVerdict({ kernel: "/nowhere" })).toMatchObject({ accelerator: "tcg", cached: false });
});

function kvmOpens(): boolean {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
