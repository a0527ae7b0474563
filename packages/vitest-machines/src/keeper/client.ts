import { MachinesError } from "@vitest-machines/host";
import type { Demand, ForkRecipe, Spare, Spares } from "@vitest-machines/driver";
import type { ExitStatus, HostedProcess, Lease, LeaseRequest, ProcessHost, SpawnRequest } from "@vitest-machines/host";
import { connect } from "../rpc/connect.ts";
import { createPeer, type Peer } from "../rpc/peer.ts";
import type { KeeperCalls, KeeperEvents } from "./protocol.ts";

/** The keeper, as seen from a worker: every child lives there and dies with this connection. */
export class KeeperProcessHost implements ProcessHost, Spares {
  readonly #peer: Peer<KeeperCalls>;
  readonly #listeners = new Map<number, Pick<LeaseRequest, "onWait" | "onNotice">>();
  readonly #exits = new Map<number, Exit>();
  readonly #ids = new WeakMap<Lease | HostedProcess, number>();
  #lastId = 0;

  private constructor(open: (events: KeeperEvents) => Peer<KeeperCalls>) {
    this.#peer = open({
      waiting: (lease, reason) => this.#listeners.get(lease)?.onWait?.(reason),
      notice: (lease, text) => this.#listeners.get(lease)?.onNotice?.(text),
      exited: (child, status) => this.#exit(child).settle(status),
    });
    // What the keeper owned dies with it, by the parent-death signal of every child.
    void this.#peer.closed.then(() =>
      this.#exits.forEach((exit) => exit.settle({ exitCode: null, signal: "SIGKILL" })),
    );
  }

  /** @throws KEEPER_LOST when nobody listens on the socket */
  static async connect(path: string): Promise<KeeperProcessHost> {
    const socket = await connect(path).catch((cause: unknown) => {
      throw new MachinesError("KEEPER_LOST", `no keeper listens on ${path}`, { cause, facts: { path }, hint });
    });
    const onLost = (): Error =>
      new MachinesError("KEEPER_LOST", "the keeper, which owns every machine, is gone, and its machines with it", {
        facts: { path },
        hint,
      });
    return new KeeperProcessHost((events) => createPeer(socket, events, { onLost, unrefWhenIdle: true }));
  }

  /** Settles when the keeper is gone, or after {@link close}. */
  get closed(): Promise<void> {
    return this.#peer.closed;
  }

  /** Ends every lease that this host gave out. */
  close(): void {
    this.#peer.close();
  }

  async lease({ name, memoryMiB, vcpus, signal, onWait, onNotice }: LeaseRequest): Promise<Lease> {
    const id = ++this.#lastId;
    const withdraw = (): void => this.#peer.tell("withdraw", id);
    this.#listeners.set(id, { onWait, onNotice });
    signal?.addEventListener("abort", withdraw, { once: true });
    try {
      const admission = this.#peer.call("lease", id, { name, memoryMiB, vcpus });
      // Fired before we listened: the request goes first, so that there is something to withdraw.
      if (signal?.aborted) withdraw();
      const { folder } = await admission;
      return this.#leaseOf(id, folder);
    } finally {
      this.#listeners.delete(id);
      signal?.removeEventListener("abort", withdraw);
    }
  }

  async take(layerKey: string): Promise<Spare | undefined> {
    const lease = ++this.#lastId;
    const firstChild = lease + 1;
    this.#lastId += mostChildren;
    const answer = await this.#peer.call("takeSpare", layerKey, lease, firstChild);
    if (!answer) return undefined;
    const processes = answer.children.map(
      ({ name, pid }, index) => [name, this.#child(firstChild + index, pid)] as const,
    );
    const { kind, generation, folder } = answer;
    return { kind, generation, lease: this.#leaseOf(lease, folder), processes: new Map(processes) };
  }

  async keep(name: string, { generation, lease, processes }: Spare): Promise<void> {
    const children = [...processes].map(([process, hosted]) => ({ name: process, child: this.#idOf(hosted) }));
    await unlessLost(this.#peer.call("keepSpare", name, { generation, lease: this.#idOf(lease), children }));
  }

  async want(recipe: ForkRecipe, demand: Demand): Promise<void> {
    // A keeper that is gone makes nothing any more.
    await unlessLost(this.#peer.call("wantSpare", recipe, demand));
  }

  #leaseOf(id: number, folder: string): Lease {
    const lease: Lease = {
      folder,
      spawn: (request) => this.#spawn(id, request),
      release: () => this.#release(id),
    };
    this.#ids.set(lease, id);
    return lease;
  }

  /** The number of a lease or process of this host. */
  #idOf(given: Lease | HostedProcess): number {
    const id = this.#ids.get(given);
    if (id === undefined) throw new Error("this is not of this keeper");
    return id;
  }

  async #spawn(lease: number, request: SpawnRequest): Promise<HostedProcess> {
    const id = ++this.#lastId;
    try {
      const { pid } = await this.#peer.call("spawn", lease, id, request);
      return this.#child(id, pid);
    } catch (error) {
      this.#exits.delete(id);
      throw error;
    }
  }

  #child(id: number, pid: number): HostedProcess {
    const { exited } = this.#exit(id);
    void exited.then(() => this.#exits.delete(id));
    const child: HostedProcess = { pid, exited, kill: (signal) => this.#peer.call("kill", id, signal) };
    this.#ids.set(child, id);
    return child;
  }

  /** Of a child that may end before we hear that it was started, so it stays until somebody has the child. */
  #exit(id: number): Exit {
    const known = this.#exits.get(id);
    if (known) return known;
    let settle: Exit["settle"] = () => undefined;
    const exited = new Promise<ExitStatus>((resolve) => (settle = resolve));
    const exit = { exited, settle };
    this.#exits.set(id, exit);
    return exit;
  }

  async #release(id: number): Promise<void> {
    // A keeper that is gone has released everything.
    await unlessLost(this.#peer.call("release", id));
  }
}

async function unlessLost(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof MachinesError && error.code === "KEEPER_LOST")) throw error;
  }
}

interface Exit {
  readonly exited: Promise<ExitStatus>;
  readonly settle: (status: ExitStatus) => void;
}

/** Numbers that are kept free for the processes of one spare, which is never of more machines than fit a VLAN. */
const mostChildren = 1_000;

const hint = "It is started by the machines() plugin. If it was killed from outside, run the tests again.";
