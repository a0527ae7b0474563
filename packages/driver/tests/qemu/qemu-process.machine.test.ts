import { Deadline, LocalProcessHost, requireTool, type Lease } from "@vitest-machines/host";
import { tiny } from "@vitest-machines/images";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { QemuPlan } from "../../src/qemu/command-line.ts";
import { machineFiles } from "../../src/qemu/files.ts";
import { startQemu } from "../../src/qemu/qemu-process.ts";

let lease: Lease;
let plan: QemuPlan;

beforeAll(async () => {
  const boot = await tiny().prepare();
  lease = await new LocalProcessHost().lease({ name: "qemu-process", memoryMiB: 400, vcpus: 2 });
  const files = machineFiles(join(lease.folder, "n1"));
  await mkdir(files.folder);
  plan = {
    program: requireTool("qemu-system-x86_64", "tests"),
    accelerator: "tcg",
    node: { name: "one", number: 1, memoryMiB: 128, cpus: 1, kernelParams: [], interfaces: [] },
    boot,
    files,
    disks: [],
    switches: new Map(),
  };
});
afterAll(() => lease.release());

it("starts with the guest stopped, and runs it from its first console byte when told to", async () => {
  const qemu = await startQemu(
    lease,
    { ...plan, node: { ...plan.node, kernelParams: ["ignore_loglevel"] } },
    Deadline.after(30_000),
  );
  expect(await qemu.qmp.execute("query-status")).toMatchObject({ status: "prelaunch", running: false });
  expect((await stat(plan.files.ram)).size).toBe(128 * 1024 * 1024);
  const firstLine = new Promise<string>((resolve) => {
    let text = "";
    qemu.console.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes("Linux version")) resolve(text);
    });
  });
  await qemu.qmp.execute("cont");
  expect(await firstLine).toContain("Linux version");
  await qemu.qmp.execute("quit");
  expect(await qemu.process.exited).toEqual({ exitCode: 0, signal: null });
  expect(await qemu.qmp.closed).toMatchObject({ code: "QMP_FAILED" });
});

it("tells what QEMU says when it ends early", async () => {
  const broken = { ...plan, boot: { ...plan.boot, kernel: "/nonexistent/kernel" } };
  await expect(startQemu(lease, broken, Deadline.after(30_000))).rejects.toMatchObject({
    code: "BOOT_FAILED",
    machine: "one",
    message: expect.stringMatching(
      /^BOOT_FAILED: one: QEMU ended with exit code 1 before the machine ran\.\nQEMU says:\n.*could not open kernel file/s,
    ) as string,
  });
});

it("notices at once that QEMU was killed", async () => {
  const qemu = await startQemu(lease, plan, Deadline.after(30_000));
  const pending = qemu.qmp.closed;
  await qemu.process.kill("SIGKILL");
  expect(await pending).toMatchObject({
    code: "QMP_FAILED",
    summary: expect.stringContaining("closed its control socket") as string,
  });
  expect(await qemu.process.exited).toEqual({ exitCode: null, signal: "SIGKILL" });
});
