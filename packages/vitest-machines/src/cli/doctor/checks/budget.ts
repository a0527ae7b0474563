import { hostResources, measureLimits, withOverrides } from "@vitest-machines/host";
import type { Finding } from "../finding.ts";

/** Two tiny machines with QEMU's own memory: the smallest cluster that is worth the name. */
const smallestClusterMiB = 400;
/** What a cluster of a few Debian machines takes. */
const comfortableMiB = 2_048;

/** Memory and CPUs, and what clusters may use of them at the same time. */
export function checkBudget(): Finding {
  const { totalMiB, availableMiB, cpus } = hostResources();
  const { memoryMiB, ceilingMiB, vcpus } = withOverrides(measureLimits(), process.env);
  const tooSmall = ceilingMiB < smallestClusterMiB;
  return {
    id: "budget",
    title: "memory and CPUs",
    status: tooSmall ? "fail" : memoryMiB < comfortableMiB ? "warn" : "ok",
    detail:
      `${availableMiB} of ${totalMiB} MiB free, ${cpus} CPU${cpus === 1 ? "" : "s"}; ` +
      `clusters may use ${memoryMiB} MiB and ${vcpus} vCPUs at once`,
    fix:
      "Free memory, or raise the memory limit of this container. Clusters that do not fit together run one after the " +
      "other. VITEST_MACHINES_BUDGET_MIB overrides the budget.",
    facts: { totalMiB, availableMiB, cpus, budgetMiB: memoryMiB, ceilingMiB, budgetVcpus: vcpus },
  };
}
