import type { Demand, ForkRecipe } from "@vitest-machines/driver";
import type { HostedProcess, Lease, ProcessHost, SpawnRequest } from "@vitest-machines/host";
import { MachinesError } from "@vitest-machines/host";
import type { KeeperSpares } from "./keeper.ts";
import type { KeeperCalls, KeeperEvents, KeptCluster, SpareAnswer } from "./protocol.ts";

/** One worker's leases and children; they end with its connection. */
export class WorkerSession implements KeeperCalls {
  readonly #host: ProcessHost;
  readonly #spares: KeeperSpares;
  readonly #tell: KeeperEvents;
  readonly #leases = new Map<number, Promise<Lease>>();
  readonly #children = new Map<number, HostedProcess>();
  readonly #withdrawals = new Map<number, AbortController>();

  constructor(host: ProcessHost, spares: KeeperSpares, tell: KeeperEvents) {
    this.#host = host;
    this.#spares = spares;
    this.#tell = tell;
  }

  async lease(id: number, request: Parameters<KeeperCalls["lease"]>[1]): Promise<{ folder: string }> {
    const withdrawal = new AbortController();
    this.#withdrawals.set(id, withdrawal);
    const admission = this.#host.lease({
      ...request,
      signal: withdrawal.signal,
      onWait: (reason) => {
        // A machine that somebody wants now comes before one that somebody may want later.
        this.#spares.clear();
        this.#tell.waiting(id, reason);
      },
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
    this.#watch(childId, child);
    return { pid: child.pid };
  }

  async takeSpare(layerKey: string, leaseId: number, firstChildId: number): Promise<SpareAnswer | null> {
    const taken = this.#spares.take(layerKey);
    // A lease from the first moment: should the worker go away now, the spare goes with it.
    this.#leases.set(
      leaseId,
      taken.then(
        (spare) => spare?.lease ?? noLease,
        () => noLease,
      ),
    );
    const spare = await taken;
    if (!spare) {
      this.#leases.delete(leaseId);
      return null;
    }
    const children = [...spare.processes];
    children.forEach(([, child], index) => this.#watch(firstChildId + index, child));
    const { kind, generation, lease } = spare;
    return { kind, generation, folder: lease.folder, children: children.map(([name, { pid }]) => ({ name, pid })) };
  }

  async keepSpare(name: string, { generation, lease: leaseId, children }: KeptCluster): Promise<void> {
    const lease = await this.#lease(leaseId);
    const processes = children.flatMap(({ name: process, child }): [string, HostedProcess][] => {
      const hosted = this.#children.get(child);
      this.#children.delete(child);
      return hosted ? [[process, hosted]] : [];
    });
    this.#leases.delete(leaseId);
    await this.#spares.keep(name, { kind: "kept", generation, lease, processes: new Map(processes) });
  }

  wantSpare(recipe: ForkRecipe, demand: Demand): Promise<void> {
    return this.#spares.want(recipe, demand);
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

  #watch(childId: number, child: HostedProcess): void {
    this.#children.set(childId, child);
    void child.exited.then((status) => {
      this.#children.delete(childId);
      this.#tell.exited(childId, status);
    });
  }

  async #lease(id: number): Promise<Lease> {
    const admission = this.#leases.get(id);
    if (!admission) throw new MachinesError("HANDLE_MISUSE", `the keeper has no lease ${id} of this worker`);
    return admission;
  }
}

/** In the place of a spare that there is none of. */
const noLease: Lease = {
  folder: "",
  spawn: () => Promise.reject(new MachinesError("HANDLE_MISUSE", "there was no spare to take")),
  release: () => Promise.resolve(),
};
