import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { acceleratorVerdict } from "@vitest-machines/host";
import { tiny } from "@vitest-machines/images";
import { expect, test } from "vitest";
import type { Report } from "../../src/cli/doctor/finding.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

test("after set-up a cluster can boot here, and doctor knows image and accelerator", () => {
  expect(spawnSync(process.execPath, [program, "setup", "--quiet"], { encoding: "utf8" })).toMatchObject({ status: 0 });
  const { status, stdout } = spawnSync(process.execPath, [program, "doctor", "--json"], { encoding: "utf8" });
  const report = JSON.parse(stdout) as Report;
  const find = (id: string): unknown => report.findings.find((finding) => finding.id === id);
  expect(status).toBe(0);
  expect(report.canBoot).toBe(true);
  expect(find("image.tiny")).toMatchObject({
    status: "ok",
    facts: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(find("accelerator")).toMatchObject({
    facts: { accelerator: expect.stringMatching(/^(kvm|tcg)$/), cached: true },
  });
});

test("the probe boots a real kernel and has an answer within seconds, whichever it is", async () => {
  const image = await tiny().prepare();
  const startedAt = performance.now();
  // A parameter that nobody used before, so that no earlier answer counts.
  const kernelParams = [...image.kernelParams, `probe=${process.pid}.${Date.now()}`];
  const { accelerator, reason } = await acceleratorVerdict({ ...image, kernelParams });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  if (accelerator === "kvm") expect(reason).toMatch(/^KVM booted a kernel|^VITEST_MACHINES_ACCELERATOR asks/);
  else expect(reason).toMatch(/\/dev\/kvm|^VITEST_MACHINES_ACCELERATOR asks/);
});
