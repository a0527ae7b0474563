import type { ExitStatus, LeaseRequest, SpawnRequest } from "@vitest-machines/host";

/** What a worker asks of the keeper. Ids are the worker's own numbers, so that events can precede answers. */
export interface KeeperCalls {
  /** Answers when the budget has admitted the cluster. @throws ABORTED after `withdraw` */
  lease(lease: number, request: Pick<LeaseRequest, "name" | "memoryMiB" | "vcpus">): Promise<{ folder: string }>;
  /** Gives up waiting for a lease. */
  withdraw(lease: number): void;
  spawn(lease: number, child: number, request: SpawnRequest): Promise<{ pid: number }>;
  kill(child: number, signal: NodeJS.Signals): Promise<void>;
  release(lease: number): Promise<void>;
}

/** What the keeper tells a worker. */
export interface KeeperEvents {
  /** The budget cannot admit the cluster yet. */
  waiting(lease: number, reason: string): void;
  /** What the user should know although it is no error. */
  notice(lease: number, text: string): void;
  exited(child: number, status: ExitStatus): void;
}

/** From Vitest's main process to the keeper, as its only argument (JSON). */
export interface KeeperArguments {
  /** How long it stays without anybody connected, in milliseconds. */
  idleMs: number;
}

/** From the keeper to Vitest's main process, over the IPC channel. */
export type KeeperMessage =
  | { kind: "ready"; socket: string }
  /** It could not start and exits. */
  | { kind: "failed"; error: string }
  /** Something went wrong that no worker can be told about. */
  | { kind: "error"; error: string };
