import { rm } from "node:fs/promises";
import { claimBudget, type BudgetClaim } from "../budget/claim-budget.ts";
import { MachinesError } from "../errors/machines-error.ts";
import { createLeaseFolder } from "../folders/lease-folder.ts";
import { sweepRunFolders } from "../folders/sweep-run-folders.ts";
import { startJanitor, type Janitor } from "./janitor.ts";
import type { HostedProcess, Lease, LeaseRequest, ProcessHost, SpawnRequest } from "./process-host.ts";
import { spawnChild } from "./spawn-child.ts";

/** How long children get between SIGTERM and SIGKILL, and then to be reaped, in milliseconds. */
const graceMs = 2_000;
const reapMs = 10_000;

/** Keeps machines' processes as children of this very process. */
export class LocalProcessHost implements ProcessHost {
  #swept: Promise<unknown> | undefined;

  /**
   * @throws MachinesError BUDGET_IMPOSSIBLE when this host can never hold the cluster; ABORTED when the signal fires
   * while waiting
   */
  async lease(request: LeaseRequest): Promise<Lease> {
    this.#swept ??= sweepRunFolders();
    await this.#swept;
    const claim = await claimBudget(request);
    try {
      const folder = createLeaseFolder(request.name, request.memoryMiB);
      return new LocalLease(folder, claim, await startJanitor(folder));
    } catch (error) {
      await claim.release();
      throw error;
    }
  }
}

class LocalLease implements Lease {
  readonly folder: string;
  readonly #claim: BudgetClaim;
  readonly #janitor: Janitor;
  readonly #children = new Set<{ readonly name: string; readonly process: HostedProcess }>();
  readonly #starting = new Set<Promise<unknown>>();
  #released: Promise<void> | undefined;

  constructor(folder: string, claim: BudgetClaim, janitor: Janitor) {
    this.folder = folder;
    this.#claim = claim;
    this.#janitor = janitor;
  }

  async spawn(request: SpawnRequest): Promise<HostedProcess> {
    if (this.#released !== undefined) {
      throw new MachinesError("PROCESS_FAILED", `cannot start ${request.name}: its cluster was released`);
    }
    const starting = spawnChild(request, this.folder).then((process) => this.#adopt(request.name, process));
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  #adopt(name: string, process: HostedProcess): HostedProcess {
    const child = { name, process };
    this.#children.add(child);
    void process.exited.then(() => this.#children.delete(child));
    return process;
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#children].map((child) => end(child.name, child.process)));
    await rm(this.folder, { recursive: true, force: true });
    await this.#janitor.standDown();
    await this.#claim.release();
  }
}

/** SIGTERM, then SIGKILL, and no return before the kernel has let go of it. */
async function end(name: string, process: HostedProcess): Promise<void> {
  await process.kill("SIGTERM");
  if (await endsWithin(process, graceMs)) return;
  await process.kill("SIGKILL");
  if (await endsWithin(process, reapMs)) return;
  throw new MachinesError("PROCESS_FAILED", `${name} (pid ${process.pid}) does not end, not even by SIGKILL`, {
    hint: "It hangs in the kernel, usually on a disk or network file system that does not answer.",
  });
}

async function endsWithin(process: HostedProcess, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const result = await Promise.race([process.exited.then(() => true as const), late]);
  clearTimeout(timer);
  return result;
}
