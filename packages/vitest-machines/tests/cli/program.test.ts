import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findTool } from "@vitest-machines/host";
import { expect, onTestFinished, test } from "vitest";
import type { Report } from "../../src/cli/doctor/finding.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program on a host whose PATH has only the named tools, and an empty cache. */
function runWith(tools: readonly string[], ...argv: string[]): Result {
  const folder = mkdtempSync(join(tmpdir(), "vm-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "bin");
  mkdirSync(path);
  for (const tool of tools) symlinkSync(findTool(tool) ?? "/nowhere", join(path, tool));
  return spawnSync(process.execPath, [program, ...argv], {
    encoding: "utf8",
    env: { HOME: folder, PATH: path, VITEST_MACHINES_CACHE: join(folder, "cache"), VITEST_MACHINES_ACCELERATOR: "tcg" },
  });
}

const needed = ["flock", "mmdebstrap", "qemu-system-x86_64", "setpriv", "vde_switch"];

test("doctor ends with 1 when no cluster could boot, and names what is missing", () => {
  const { status, stdout } = runWith(["flock", "setpriv"], "doctor");
  expect(status).toBe(1);
  expect(stdout).toMatch(/✗ vde_switch +not found in PATH; needed to connect machines to each other/);
  expect(stdout).toMatch(/No cluster can boot here/);
});

test("doctor --json prints nothing but a report", () => {
  const { status, stdout, stderr } = runWith(["flock", "setpriv"], "doctor", "--json");
  const report = JSON.parse(stdout) as Report;
  expect(status).toBe(1);
  expect(stderr).toBe("");
  expect(report).toMatchObject({ canBoot: false, node: process.versions.node, version: expect.any(String) });
  expect(report.findings.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      "tool.flock",
      "accelerator",
      "user-namespaces",
      "budget",
      "disk.cache",
      "agent",
      "image.tiny",
    ]),
  );
  for (const finding of report.findings) {
    expect(finding).toMatchObject({ title: expect.any(String), detail: expect.any(String) });
    expect(["ok", "warn", "fail"]).toContain(finding.status);
  }
});

test("doctor ends with 0 on a host that has what it takes, although the image is not built yet", () => {
  const { status, stdout } = runWith(needed, "doctor", "--json");
  const report = JSON.parse(stdout) as Report;
  expect(report.findings.filter((finding) => finding.status === "fail")).toEqual([]);
  expect(report.findings.find(({ id }) => id === "image.tiny")).toMatchObject({ status: "warn" });
  expect(status).toBe(0);
});

test("setup where packages may not be installed ends with 1 and prints the command", () => {
  const { status, stderr } = runWith(["flock", "setpriv"], "setup");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^TOOL_MISSING: this host lacks programs, and you may not install packages\./);
  expect(stderr).toContain("vde2");
});

test("nothing is coloured when nobody looks", () => {
  expect(runWith([], "--help").stdout).not.toContain("\u001b");
});

test("wrong use ends with 2", () => {
  expect(runWith([], "docter")).toMatchObject({ status: 2, stderr: expect.stringContaining("setup, doctor") });
  expect(runWith([], "doctor", "--jsn")).toMatchObject({ status: 2, stderr: expect.stringContaining("--json") });
});
