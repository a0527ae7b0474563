import type { Spares } from "@vitest-machines/driver";
import type { ProcessHost } from "@vitest-machines/host";
import { MachinesError } from "@vitest-machines/host";
import type { Server, Socket } from "node:net";
import { listen } from "../rpc/listen.ts";
import { createPeer } from "../rpc/peer.ts";
import type { KeeperCalls, KeeperEvents } from "./protocol.ts";
import { WorkerSession } from "./worker-session.ts";

export interface KeeperOptions {
  socket: string;
  host: ProcessHost;
  /** Forks that are made ahead of time; they live and die with the keeper. */
  spares: KeeperSpares;
  /** How long it stays without anybody connected, in milliseconds. */
  idleMs: number;
  onIdle: () => void;
  /** A cluster of a worker that is gone could not be ended. */
  onError: (error: unknown) => void;
}

/** Spares that give way. */
export interface KeeperSpares extends Spares {
  /** Ends them all: their place is wanted. */
  clear(): void;
  close(): Promise<void>;
}

/** Serves workers on a unix socket. A worker's connection is its life-line: what it leased ends with it. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #connections = new Set<{ socket: Socket; ended: Promise<void> }>();
  #server: Server | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#server = await listen(this.#options.socket, (socket) => this.#accept(socket));
    this.#watchIdleness();
  }

  /** Ends every cluster and stops listening. */
  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    this.#server?.close();
    const connections = [...this.#connections];
    connections.forEach(({ socket }) => socket.destroy());
    await Promise.all(connections.map(({ ended }) => ended));
    await this.#options.spares.close();
  }

  #accept(socket: Socket): void {
    clearTimeout(this.#idle);
    const session: WorkerSession = new WorkerSession(this.#options.host, this.#options.spares, {
      waiting: (lease, reason) => peer.tell("waiting", lease, reason),
      notice: (lease, text) => peer.tell("notice", lease, text),
      exited: (child, status) => peer.tell("exited", child, status),
    });
    const calls: KeeperCalls = {
      lease: (id, request) => session.lease(id, request),
      withdraw: (id) => session.withdraw(id),
      spawn: (lease, child, request) => session.spawn(lease, child, request),
      kill: (child, signal) => session.kill(child, signal),
      release: (id) => session.release(id),
      takeSpare: (layerKey, lease, children) => session.takeSpare(layerKey, lease, children),
      keepSpare: (name, cluster) => session.keepSpare(name, cluster),
      wantSpare: (recipe, demand) => session.wantSpare(recipe, demand),
    };
    const peer = createPeer<KeeperEvents>(socket, calls, {
      onLost: () => new MachinesError("KEEPER_LOST", "the worker has closed its connection"),
    });
    const connection = { socket, ended: Promise.resolve() };
    connection.ended = peer.closed
      .then(() => session.end())
      .catch(this.#options.onError)
      .finally(() => {
        this.#connections.delete(connection);
        this.#watchIdleness();
      });
    this.#connections.add(connection);
  }

  #watchIdleness(): void {
    clearTimeout(this.#idle);
    if (this.#connections.size > 0) return;
    this.#idle = setTimeout(this.#options.onIdle, this.#options.idleMs);
  }
}
