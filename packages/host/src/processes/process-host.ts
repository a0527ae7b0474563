/** How a child ended: an exit code, or the signal that killed it. */
export interface ExitStatus {
  exitCode: number | null;
  signal: string | null;
}

export interface SpawnRequest {
  /** For messages and traces, such as `qemu server` or `switch vlan1`. */
  name: string;
  /** Program and arguments; the program is an absolute path. */
  argv: readonly [string, ...string[]];
  /** File that receives stdout and stderr (appended, created 0600). */
  logFile: string;
  env?: Record<string, string> | undefined;
}

export interface HostedProcess {
  readonly pid: number;
  /** Settles when the process is gone and reaped; never rejects. */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal to the process's group; does nothing when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface LeaseRequest {
  /** The cluster's name, for notices and the run folder. */
  name: string;
  /** Memory that the cluster's processes will use together, in MiB, QEMU's own overhead included. */
  memoryMiB: number;
  vcpus: number;
  signal?: AbortSignal | undefined;
  /** Called when the budget cannot admit the cluster yet; may be called again with a new reason. */
  onWait?: ((reason: string) => void) | undefined;
  /** Called with what the user should know although it is no error: a cluster larger than the budget runs alone. */
  onNotice?: ((text: string) => void) | undefined;
}

/** A cluster's admission to the host: its run folder and the right to spawn. */
export interface Lease {
  /** Private folder (0700), short enough for socket paths below it; removed on release. */
  readonly folder: string;
  /** Starts a child that dies with this lease, whatever happens to the process that asked. */
  spawn(request: SpawnRequest): Promise<HostedProcess>;
  /** Kills every child that is left, waits until they are reaped, removes the folder. Idempotent. */
  release(): Promise<void>;
}

/** Where machines' processes live: the keeper under Vitest, this very process in a script. */
export interface ProcessHost {
  /** Waits for the budget, then hands out a lease. Waiting never counts against boot deadlines. */
  lease(request: LeaseRequest): Promise<Lease>;
}
