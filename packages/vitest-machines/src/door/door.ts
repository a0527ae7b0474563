import { createRunFolder, MachinesError, startJanitor, type Janitor } from "@vitest-machines/host";
import { rmSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { listen } from "../rpc/listen.ts";
import { createPeer, type Peer } from "../rpc/peer.ts";
import type { DoorCalls, DoorEvents } from "./protocol.ts";

/**
 * A unix socket in Vitest's main process through which workers ask for machines. It is all that a run costs until one
 * does: a folder and a listening socket, which keep nothing alive.
 */
export class Door {
  readonly socket: string;
  readonly #folder: string;
  readonly #janitor: Janitor;
  readonly #server: Server;
  readonly #workers: Set<Peer<DoorEvents>>;
  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true });

  private constructor(
    folder: string,
    janitor: Janitor,
    socket: string,
    server: Server,
    workers: Set<Peer<DoorEvents>>,
  ) {
    this.#folder = folder;
    this.#janitor = janitor;
    this.socket = socket;
    this.#server = server;
    this.#workers = workers;
    server.unref();
    // On Ctrl-C Vitest calls process.exit() at once; what needs longer than this handler is the keeper's work.
    process.once("exit", this.#removeFolder);
  }

  static async open(calls: DoorCalls): Promise<Door> {
    const folder = createRunFolder("door");
    // For a kill -9 of Vitest, when no handler runs.
    const janitor = await startJanitor(folder);
    const socket = join(folder, "door.sock");
    const workers = new Set<Peer<DoorEvents>>();
    const server = await listen(socket, (connection) => {
      connection.unref();
      const onLost = (): Error => new MachinesError("KEEPER_LOST", "the worker has closed its connection");
      const worker = createPeer<DoorEvents>(connection, calls, { onLost, unrefWhenIdle: true });
      workers.add(worker);
      void worker.closed.then(() => workers.delete(worker));
    });
    return new Door(folder, janitor, socket, server, workers);
  }

  /** Tells all workers that the run was cancelled. */
  cancel(): void {
    this.#workers.forEach((worker) => worker.tell("cancelled"));
  }

  /** Idempotent. */
  async close(): Promise<void> {
    process.off("exit", this.#removeFolder);
    this.#server.close();
    this.#workers.forEach((worker) => worker.close());
    this.#removeFolder();
    await this.#janitor.standDown();
  }
}
