import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { cgroupLimits } from "../../src/budget/cgroup-limits.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MiB = 1024 * 1024;

function mountWith(files: Record<string, string>): string {
  const mount = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(mount, name)), { recursive: true });
    writeFileSync(join(mount, name), `${text}\n`);
  }
  return mount;
}

test("v2: the smallest limit on the way up counts, and page cache does not count as used", () => {
  const mount = mountWith({
    "a/b/memory.max": "max",
    "a/b/cpu.max": "max 100000",
    "a/memory.max": `${1000 * MiB}`,
    "a/memory.current": `${300 * MiB}`,
    "a/memory.stat": `anon 1\ninactive_file ${100 * MiB}\nactive_file 5`,
    "a/cpu.max": "150000 100000",
  });
  expect(cgroupLimits({ mount, membership: "0::/a/b\n" })).toEqual({ memoryMiB: 1000, memoryLeftMiB: 800, cpus: 1.5 });
});

test("v2 in a container: the path means nothing there, the mount's root is the own group", () => {
  const mount = mountWith({ "memory.max": `${512 * MiB}`, "memory.current": "0", "cpu.max": "200000 100000" });
  expect(cgroupLimits({ mount, membership: "0::/docker/0123\n" })).toEqual({
    memoryMiB: 512,
    memoryLeftMiB: 512,
    cpus: 2,
  });
});

test("v1: memory and CPU have mounts of their own, controllers can share one", () => {
  const mount = mountWith({
    "memory/c/memory.limit_in_bytes": `${256 * MiB}`,
    "memory/c/memory.usage_in_bytes": `${100 * MiB}`,
    "memory/c/memory.stat": `inactive_file 1\ntotal_inactive_file ${50 * MiB}`,
    "cpu,cpuacct/c/cpu.cfs_quota_us": "50000",
    "cpu,cpuacct/c/cpu.cfs_period_us": "100000",
  });
  const membership = "9:name=systemd:/\n4:memory:/c\n2:cpu,cpuacct:/c\n";
  expect(cgroupLimits({ mount, membership })).toEqual({ memoryMiB: 256, memoryLeftMiB: 206, cpus: 0.5 });
});

test("v1: the huge number and -1 mean no limit", () => {
  const mount = mountWith({ "memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1" });
  expect(cgroupLimits({ mount, membership: "4:memory:/\n2:cpu:/\n" })).toEqual({
    memoryMiB: undefined,
    memoryLeftMiB: undefined,
    cpus: undefined,
  });
});

test("a hybrid host is limited by whichever version limits", () => {
  const mount = mountWith({
    "memory/m/memory.limit_in_bytes": `${100 * MiB}`,
    "unified/u/cpu.max": "300000 100000",
  });
  expect(cgroupLimits({ mount, membership: "4:memory:/m\n0::/u\n" })).toMatchObject({ memoryMiB: 100, cpus: 3 });
});

test("what is used beyond the limit leaves nothing, not less", () => {
  const mount = mountWith({ "memory.max": `${MiB}`, "memory.current": `${5 * MiB}` });
  expect(cgroupLimits({ mount, membership: "0::/\n" }).memoryLeftMiB).toBe(0);
});

test("a host without cgroups has no limits, and this one can be read", () => {
  const none = { memoryMiB: undefined, memoryLeftMiB: undefined, cpus: undefined };
  expect(cgroupLimits({ mount: "/nowhere", membership: "0::/\n" })).toEqual(none);
  expect(cgroupLimits({ membership: "" })).toEqual(none);
  expect(Object.keys(cgroupLimits())).toEqual(["memoryMiB", "memoryLeftMiB", "cpus"]);
});
