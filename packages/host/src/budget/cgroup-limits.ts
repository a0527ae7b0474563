import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What control groups leave to this process; a field is undefined where nothing limits it. */
export interface CgroupLimits {
  /** The smallest memory limit on the way up to the root, in MiB. */
  readonly memoryMiB: number | undefined;
  /** What is left below that limit, not counting page cache that the kernel can drop, in MiB. */
  readonly memoryLeftMiB: number | undefined;
  /** The smallest CPU quota on the way up, in CPUs; may be a fraction. */
  readonly cpus: number | undefined;
}

export interface CgroupFiles {
  /** Where cgroups are mounted. Default: /sys/fs/cgroup */
  mount?: string | undefined;
  /** The text of /proc/self/cgroup. */
  membership?: string | undefined;
}

const mebibyte = 1024 * 1024;

/** Reads limits from cgroup v2 and v1, both of which can be in use at once (a hybrid host). */
export function cgroupLimits(files: CgroupFiles = {}): CgroupLimits {
  const mount = files.mount ?? "/sys/fs/cgroup";
  const memory = { limit: Infinity, left: Infinity };
  let cpus = Infinity;
  for (const { controllers, path } of parseMembership(files.membership ?? readOr("/proc/self/cgroup", ""))) {
    for (const folder of ancestors(controllerMounts(mount, controllers), path)) {
      const own = controllers === "" ? memoryV2(folder) : memoryV1(folder);
      memory.limit = Math.min(memory.limit, own.limit);
      memory.left = Math.min(memory.left, own.limit - own.used);
      cpus = Math.min(cpus, controllers === "" ? quotaV2(folder) : quotaV1(folder));
    }
  }
  return { memoryMiB: inMiB(memory.limit), memoryLeftMiB: inMiB(memory.left), cpus: finite(cpus) };
}

interface Membership {
  /** Comma-separated as in the file; empty for v2. */
  readonly controllers: string;
  readonly path: string;
}

/** Lines of /proc/self/cgroup are `ID:CONTROLLERS:PATH`. */
function parseMembership(text: string): Membership[] {
  return text.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
}

/** v1 has one mount per controller, or per group of them under either name; hybrid hosts keep v2 in `unified`. */
function controllerMounts(mount: string, controllers: string): string[] {
  if (controllers === "") return [mount, join(mount, "unified")];
  return [...new Set([controllers, ...controllers.split(",")])].map((name) => join(mount, name));
}

/**
 * A group's folder and those above it. In a container the path may name folders outside of what is mounted; the mount's
 * root is then the container's own group, and the folders that do not exist limit nothing.
 */
function ancestors(mounts: readonly string[], path: string): string[] {
  const folders: string[] = [];
  for (const mount of mounts) {
    for (let below = path; below !== "/" && below !== "."; below = dirname(below)) folders.push(join(mount, below));
    folders.push(mount);
  }
  return folders;
}

function memoryV2(folder: string): { limit: number; used: number } {
  const limit = readNumber(join(folder, "memory.max"), Infinity);
  if (limit === Infinity) return { limit, used: 0 };
  const cache = statValue(join(folder, "memory.stat"), "inactive_file");
  return { limit, used: readNumber(join(folder, "memory.current"), 0) - cache };
}

function memoryV1(folder: string): { limit: number; used: number } {
  const limit = readNumber(join(folder, "memory.limit_in_bytes"), Infinity);
  // "No limit" is the largest page-aligned signed 64-bit number here.
  if (limit > 2 ** 62) return { limit: Infinity, used: 0 };
  const cache = statValue(join(folder, "memory.stat"), "total_inactive_file");
  return { limit, used: readNumber(join(folder, "memory.usage_in_bytes"), 0) - cache };
}

function quotaV2(folder: string): number {
  const [quota, period] = readOr(join(folder, "cpu.max"), "max").trim().split(" ");
  return quota === undefined || quota === "max" ? Infinity : Number(quota) / Number(period ?? 100_000);
}

function quotaV1(folder: string): number {
  const quota = readNumber(join(folder, "cpu.cfs_quota_us"), -1);
  return quota <= 0 ? Infinity : quota / readNumber(join(folder, "cpu.cfs_period_us"), 100_000);
}

function statValue(file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(readOr(file, ""))?.[1] ?? 0);
}

function readNumber(file: string, otherwise: number): number {
  const text = readOr(file, "").trim();
  return text === "" || text === "max" ? otherwise : Number(text);
}

/** A controller that is not mounted, or not enabled in a group, has no files there and limits nothing. */
function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ENOTDIR", "EACCES", "EOPNOTSUPP"].includes(code)) return otherwise;
    throw error;
  }
}

function inMiB(bytes: number): number | undefined {
  return finite(Math.floor(Math.max(0, bytes) / mebibyte));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
