import type { HostedProcess, Lease, ProcessHost, SpawnRequest } from "@vitest-machines/host";
import { MachinesError } from "@vitest-machines/host";
import type { KeeperCalls, KeeperEvents } from "./protocol.ts";

/** One worker's leases and children; they end with its connection. */
export class WorkerSession implements KeeperCalls {
  readonly #host: ProcessHost;
  readonly #tell: KeeperEvents;
  readonly #leases = new Map<number, Promise<Lease>>();
  readonly #children = new Map<number, HostedProcess>();
  readonly #withdrawals = new Map<number, AbortController>();

  constructor(host: ProcessHost, tell: KeeperEvents) {
    this.#host = host;
    this.#tell = tell;
  }

  async lease(id: number, request: Parameters<KeeperCalls["lease"]>[1]): Promise<{ folder: string }> {
    const withdrawal = new AbortController();
    this.#withdrawals.set(id, withdrawal);
    const admission = this.#host.lease({
      ...request,
      signal: withdrawal.signal,
      onWait: (reason) => this.#tell.waiting(id, reason),
      onNotice: (text) => this.#tell.notice(id, text),
    });
    this.#leases.set(id, admission);
    try {
      return { folder: (await admission).folder };
    } catch (error) {
      this.#leases.delete(id);
      throw error;
    } finally {
      this.#withdrawals.delete(id);
    }
  }

  withdraw(id: number): void {
    this.#withdrawals.get(id)?.abort(new Error("the worker gave up waiting for its lease"));
  }

  async spawn(leaseId: number, childId: number, request: SpawnRequest): Promise<{ pid: number }> {
    const lease = await this.#lease(leaseId);
    const child = await lease.spawn(request);
    this.#children.set(childId, child);
    void child.exited.then((status) => {
      this.#children.delete(childId);
      this.#tell.exited(childId, status);
    });
    return { pid: child.pid };
  }

  async kill(childId: number, signal: NodeJS.Signals): Promise<void> {
    await this.#children.get(childId)?.kill(signal);
  }

  async release(id: number): Promise<void> {
    const admission = this.#leases.get(id);
    this.#leases.delete(id);
    await (await admission)?.release();
  }

  /** Ends everything that this worker had: its connection is gone. */
  async end(): Promise<void> {
    this.#withdrawals.forEach((withdrawal) => withdrawal.abort(new Error("the worker is gone")));
    const admitted = await Promise.allSettled(this.#leases.values());
    this.#leases.clear();
    const released = await Promise.allSettled(
      admitted.flatMap((result) => (result.status === "fulfilled" ? [result.value.release()] : [])),
    );
    const failures = released.flatMap((result): unknown[] => (result.status === "rejected" ? [result.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, "clusters of a worker that is gone could not be ended");
  }

  async #lease(id: number): Promise<Lease> {
    const admission = this.#leases.get(id);
    if (!admission) throw new MachinesError("HANDLE_MISUSE", `the keeper has no lease ${id} of this worker`);
    return admission;
  }
}
