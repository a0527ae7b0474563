import { MachinesError } from "@vitest-machines/host";
import type { ExitStatus, HostedProcess, Lease, LeaseRequest, ProcessHost, SpawnRequest } from "@vitest-machines/host";
import { connect } from "../rpc/connect.ts";
import { createPeer, type Peer } from "../rpc/peer.ts";
import type { KeeperCalls, KeeperEvents } from "./protocol.ts";

/** The keeper, as seen from a worker: every child lives there and dies with this connection. */
export class KeeperProcessHost implements ProcessHost {
  readonly #peer: Peer<KeeperCalls>;
  readonly #listeners = new Map<number, Pick<LeaseRequest, "onWait" | "onNotice">>();
  readonly #exits = new Map<number, (status: ExitStatus) => void>();
  #lastId = 0;

  private constructor(open: (events: KeeperEvents) => Peer<KeeperCalls>) {
    this.#peer = open({
      waiting: (lease, reason) => this.#listeners.get(lease)?.onWait?.(reason),
      notice: (lease, text) => this.#listeners.get(lease)?.onNotice?.(text),
      exited: (child, status) => this.#exits.get(child)?.(status),
    });
    // What the keeper owned dies with it, by the parent-death signal of every child.
    void this.#peer.closed.then(() => this.#exits.forEach((exited) => exited({ exitCode: null, signal: "SIGKILL" })));
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
      return {
        folder,
        spawn: (request) => this.#spawn(id, request),
        release: () => this.#release(id),
      };
    } finally {
      this.#listeners.delete(id);
      signal?.removeEventListener("abort", withdraw);
    }
  }

  async #spawn(lease: number, request: SpawnRequest): Promise<HostedProcess> {
    const id = ++this.#lastId;
    const exited = new Promise<ExitStatus>((resolve) => this.#exits.set(id, resolve)).finally(() =>
      this.#exits.delete(id),
    );
    try {
      const { pid } = await this.#peer.call("spawn", lease, id, request);
      return { pid, exited, kill: (signal) => this.#peer.call("kill", id, signal) };
    } catch (error) {
      this.#exits.delete(id);
      throw error;
    }
  }

  async #release(id: number): Promise<void> {
    // A keeper that is gone has released everything.
    await this.#peer.call("release", id).catch((error: unknown) => {
      if (!(error instanceof MachinesError && error.code === "KEEPER_LOST")) throw error;
    });
  }
}

const hint = "It is started by the machines() plugin. If it was killed from outside, run the tests again.";
