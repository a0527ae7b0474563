import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { MachinesError } from "../errors/machines-error.ts";
import type { BudgetLimits } from "./admit.ts";
import { cgroupLimits, type CgroupLimits } from "./cgroup-limits.ts";

/** Guests mostly wait, also under TCG: four vCPUs on each CPU slow none of them down noticeably. */
const vcpusPerCpu = 4;
/** A tenth of what is free stays free, for page cache and for whatever else the user does. */
const usableShare = 0.9;

export interface HostResources {
  readonly totalMiB: number;
  /** What can be used without swapping (MemAvailable). */
  readonly availableMiB: number;
  /** CPUs that this process may run on. */
  readonly cpus: number;
}

/** What the host and the control groups offer right now. */
export function measureLimits(): BudgetLimits {
  return limitsFrom(hostResources(), cgroupLimits());
}

export function hostResources(): HostResources {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  const totalMiB = Math.floor(totalmem() / 1024 ** 2);
  return {
    totalMiB,
    availableMiB: available === undefined ? totalMiB : Math.floor(Number(available) / 1024),
    cpus: availableParallelism(),
  };
}

/** The budget that follows from a host's resources and the limits on this process. */
export function limitsFrom(host: HostResources, cgroup: CgroupLimits): BudgetLimits {
  const available = Math.min(host.availableMiB, cgroup.memoryLeftMiB ?? Infinity);
  const cpus = Math.max(1, Math.min(host.cpus, cgroup.cpus ?? Infinity));
  return {
    memoryMiB: Math.floor(available * usableShare),
    ceilingMiB: Math.min(host.totalMiB, cgroup.memoryMiB ?? Infinity),
    vcpus: Math.floor(cpus * vcpusPerCpu),
  };
}

/**
 * The limits with VITEST_MACHINES_BUDGET_MIB and VITEST_MACHINES_BUDGET_VCPUS in place of what was measured.
 * @throws MachinesError DECLARATION_INVALID when one is not a positive whole number
 */
export function withOverrides(limits: BudgetLimits, env: NodeJS.ProcessEnv): BudgetLimits {
  return {
    ...limits,
    memoryMiB: positive(env, "VITEST_MACHINES_BUDGET_MIB") ?? limits.memoryMiB,
    vcpus: positive(env, "VITEST_MACHINES_BUDGET_VCPUS") ?? limits.vcpus,
  };
}

function positive(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new MachinesError("DECLARATION_INVALID", `${name} is "${text}", but must be a positive whole number.`);
}
