/** What one cluster takes, or waits for. */
export interface BudgetEntry {
  readonly id: string;
  /** The cluster's name. */
  readonly name: string;
  /** Its process, for messages. */
  readonly pid: number;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly state: "running" | "waiting";
}

export interface BudgetLimits {
  /** What clusters may use together, in MiB. */
  readonly memoryMiB: number;
  /** What cannot be exceeded even by a cluster that runs alone: the memory that there is, in MiB. */
  readonly ceilingMiB: number;
  /** What clusters may use together, overcommitment included. */
  readonly vcpus: number;
}

export type Admission =
  | { readonly verdict: "admitted"; readonly notice?: string | undefined }
  | { readonly verdict: "wait"; readonly reason: string }
  | { readonly verdict: "impossible"; readonly reason: string };

/**
 * Whether a cluster may start now.
 * First come, first served: a cluster that waits is never overtaken, or big ones would starve. Memory is never promised
 * twice, because the host would swap or kill; vCPUs may be (the limit says how far), because guests mostly wait. A
 * cluster larger than the whole budget runs alone, and is impossible only when memory truly cannot hold it.
 *
 * @param entries the ledger in order of arrival; `id` may be among them, as one that waits
 */
export function admit(entries: readonly BudgetEntry[], id: string, want: BudgetWant, limits: BudgetLimits): Admission {
  if (want.memoryMiB > limits.ceilingMiB) {
    return {
      verdict: "impossible",
      reason: `it needs ${want.memoryMiB} MiB and this host has ${limits.ceilingMiB} MiB`,
    };
  }
  // Nested clusters, whose outermost one has asked for all of them: if they waited, two such chains could wait for each other.
  if (want.memoryMiB === 0 && want.vcpus === 0) return { verdict: "admitted" };
  const ahead = entries.slice(0, indexOf(entries, id)).filter((entry) => entry.state === "waiting");
  if (ahead.length > 0) return { verdict: "wait", reason: `waiting behind ${names(ahead)}` };

  const running = entries.filter((entry) => entry.state === "running");
  const excess = exceeded(want, limits);
  if (running.length === 0) return { verdict: "admitted", ...(excess && { notice: `${excess}, so it runs alone` }) };
  if (excess) return { verdict: "wait", reason: `${excess}, so it waits to run alone, after ${names(running)}` };

  const freeMiB = limits.memoryMiB - sum(running, "memoryMiB");
  const freeVcpus = limits.vcpus - sum(running, "vcpus");
  const lacking = [
    ...(want.memoryMiB > freeMiB
      ? [`${want.memoryMiB} MiB (${Math.max(0, freeMiB)} of ${limits.memoryMiB} free)`]
      : []),
    ...(want.vcpus > freeVcpus ? [`${want.vcpus} vCPUs (${Math.max(0, freeVcpus)} of ${limits.vcpus} free)`] : []),
  ];
  if (lacking.length === 0) return { verdict: "admitted" };
  return { verdict: "wait", reason: `waiting for ${lacking.join(" and ")}, held by ${names(running)}` };
}

export interface BudgetWant {
  readonly memoryMiB: number;
  readonly vcpus: number;
}

/** A cluster that is not on the ledger yet stands behind everybody. */
function indexOf(entries: readonly BudgetEntry[], id: string): number {
  const index = entries.findIndex((entry) => entry.id === id);
  return index === -1 ? entries.length : index;
}

function exceeded(want: BudgetWant, limits: BudgetLimits): string | undefined {
  if (want.memoryMiB > limits.memoryMiB) {
    return `it needs ${want.memoryMiB} MiB, more than the whole budget of ${limits.memoryMiB} MiB`;
  }
  if (want.vcpus > limits.vcpus) return `it needs ${want.vcpus} vCPUs, more than the whole budget of ${limits.vcpus}`;
  return undefined;
}

function names(entries: readonly BudgetEntry[]): string {
  return entries.map((entry) => `"${entry.name}" (pid ${entry.pid}, ${entry.memoryMiB} MiB)`).join(", ");
}

function sum(entries: readonly BudgetEntry[], field: "memoryMiB" | "vcpus"): number {
  return entries.reduce((total, entry) => total + entry[field], 0);
}
