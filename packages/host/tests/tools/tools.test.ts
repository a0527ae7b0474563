import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { toolCatalog } from "../../src/tools/catalog.ts";
import { findTool } from "../../src/tools/find-tool.ts";
import { requireTool, toolMissing } from "../../src/tools/require-tool.ts";
import { parseVersion, toolVersion } from "../../src/tools/tool-version.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("finds the first program of a name in PATH, not a folder and not what cannot be run", () => {
  const base = temporaryFolder();
  for (const name of ["a", "b", "c", "d"]) mkdirSync(join(base, name));
  mkdirSync(join(base, "a", "tool"));
  writeFileSync(join(base, "b", "tool"), "");
  for (const name of ["c", "d"]) {
    writeFileSync(join(base, name, "tool"), "");
    chmodSync(join(base, name, "tool"), 0o755);
  }
  const path = ["a", "b", "c", "d"].map((name) => join(base, name)).join(":");
  expect(findTool("tool", path)).toBe(join(base, "c", "tool"));
});

test("skips relative folders in PATH", () => {
  expect(findTool("with-lock.test.ts", "tests:.:")).toBeUndefined();
});

test("looks into the administrator's folders as well", () => {
  expect(findTool("ldconfig", "/nowhere")).toMatch(/^\/(usr\/)?sbin\/ldconfig$/);
});

test("a missing tool is an error that says what for, and how to get it here", () => {
  vi.stubEnv("PATH", "/nowhere");
  expect(() => requireTool("vde_switch", 'VLAN 1 of cluster "web"')).toThrow("TOOL_MISSING");
  vi.unstubAllEnvs();
  expect(toolMissing("vde_switch", 'VLAN 1 of cluster "web"', "debian").message).toBe(
    'TOOL_MISSING: vde_switch not found in PATH. Needed for VLAN 1 of cluster "web".\n' +
      "Debian/Ubuntu: apt install vde2. Or run: npx vitest-machines setup",
  );
});

test("every entry of the catalog is filed under its own name and has a package everywhere", () => {
  for (const [name, tool] of Object.entries(toolCatalog)) {
    expect(tool.name).toBe(name);
    expect(Object.values(tool.packages).every((entry) => entry.length > 0)).toBe(true);
  }
});

test.each([
  ["QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)", "7.2.22"],
  ["VDE 2.3.2\nCopyright 2003,...,2011", "2.3.2"],
  ["mke2fs 1.47.0 (5-Feb-2023)", "1.47.0"],
  ["*** Zstandard CLI (64-bit) v1.5.4, by Yann Collet ***", "1.5.4"],
  ["flock from util-linux 2.38", "2.38"],
  ["no number", undefined],
])("reads the version in %o", (text, version) => {
  expect(parseVersion(text)).toBe(version);
});

test("asks a tool for its version; wirefilter cannot tell", async () => {
  expect(await toolVersion("flock")).toMatch(/^\d+\.\d+/);
  expect(await toolVersion("wirefilter")).toBeUndefined();
});
