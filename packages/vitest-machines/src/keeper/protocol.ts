import type { Demand, ForkRecipe, Spare } from "@vitest-machines/driver";
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
  /**
   * A fork of a layer that was made ahead of time, as the worker's lease `lease` from now on. Its children get the numbers
   * from `children` up, in the order of the answer.
   */
  takeSpare(layerKey: string, lease: number, children: number): Promise<SpareAnswer | null>;
  /** Takes a stopped cluster over from the worker. */
  keepSpare(name: string, cluster: KeptCluster): Promise<void>;
  /** Forks of a layer will be wanted. */
  wantSpare(recipe: ForkRecipe, demand: Demand): Promise<void>;
}

/** A spare's run folder, and its running processes. */
export interface SpareAnswer {
  kind: Spare["kind"];
  generation: number;
  folder: string;
  children: { name: string; pid: number }[];
}

/** A worker's cluster that it leaves behind, by the worker's own numbers. */
export interface KeptCluster {
  generation: number;
  lease: number;
  children: { name: string; child: number }[];
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
  /** Clusters that have ended are likely to be asked for again. */
  isWatching: boolean;
}

/** From the keeper to Vitest's main process, over the IPC channel. */
export type KeeperMessage =
  | { kind: "ready"; socket: string }
  /** It could not start and exits. */
  | { kind: "failed"; error: string }
  /** Something went wrong that no worker can be told about. */
  | { kind: "error"; error: string };
