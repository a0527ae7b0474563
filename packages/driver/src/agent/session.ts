import type { Duplex, Readable, Writable } from "node:stream";
import type { FilePiece } from "./copies/piece.ts";

/** What the agent says of its guest when a session opens. */
export interface GuestInfo {
  /** Version of the protocol and of the agent program. */
  protocol: number;
  agentVersion: string;
  /** The kernel's boot id: changes with every boot, stays across a restore. */
  bootId: string;
  kernelRelease: string;
  architecture: string;
}

export interface ExecRequest {
  /** A program with its arguments; looked up in PATH by the guest. */
  argv: readonly [string, ...string[]];
  env?: Record<string, string> | undefined;
  /** Default `/`. */
  cwd?: string | undefined;
  /** A user name of the guest; its groups, HOME, USER, LOGNAME and SHELL are set. Default root. */
  user?: string | undefined;
  /** Runs the command on a new pty; output then arrives on stdout alone. */
  pty?: { rows: number; columns: number } | undefined;
}

export interface ExecExit {
  exitCode: number | null;
  /** Signal name such as `SIGKILL` when a signal ended the command. */
  signal: string | null;
  /** Measured in the guest, from fork to reaping. */
  durationMs: number;
}

export interface RunningCommand {
  readonly pid: Promise<number>;
  readonly stdin: Writable;
  /** Flow-controlled: while it is not read, the guest's pipe fills and the command blocks; nothing is buffered without bound. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended and its output up to then was delivered, even if a background child keeps stdout open. Rejects when the session is lost or the command could not be started. */
  readonly exit: Promise<ExecExit>;
  /** Signals the command's whole process group. */
  kill(signal: NodeJS.Signals): void;
  resize(rows: number, columns: number): void;
}

export type GuestFileType = "file" | "directory" | "symlink" | "other";

export interface GuestEntry {
  /** Relative to the listed root, `""` for the root itself, never with `..` or a leading `/`: checked by the host. */
  path: string;
  type: GuestFileType;
  /** Permission bits, such as 0o755. */
  mode: number;
  size: number;
  mtimeMs: number;
  /** Target of a symlink. */
  target?: string | undefined;
  /** Of a file with several names: what all of them have in common. */
  file?: string | undefined;
}

/** How a file goes from one side to the other. */
export interface TransferOptions {
  /** Worth the machine's copy disk, where there is one that the guest can use. */
  isLarge?: boolean;
  /** Ends it; nothing is left of a file that was not there in full. */
  signal: AbortSignal;
}

export interface PutOptions extends TransferOptions {
  mode: number;
  mtimeMs: number;
}

export type WaitTarget =
  { kind: "path"; path: string } | { kind: "tcp" | "udp"; host: string; port: number } | { kind: "unix"; path: string };

export interface WaitObservation {
  attempts: number;
  /** What the last attempt saw, in words: `connection refused`, `no such file or directory`, `open`. */
  last: string;
}

export interface EchoAnswer {
  /** Requests that were sent until one was answered. */
  attempts: number;
  /** Between the answered request and its answer, measured in the guest. */
  roundTripMs: number;
}

export interface ClockStep {
  /** By how much the clock was moved: positive when it was behind. */
  steppedMs: number;
}

export interface GuestInterface {
  /** Lower-case MAC by which the NIC is found. */
  mac: string;
  /** Name it gets, such as `eth1`. */
  name: string;
  /** CIDR addresses, v4 or v6. */
  addresses: readonly string[];
  /** In bytes. Default: the kernel's, 1500. */
  mtu?: number | undefined;
}

export interface GuestConfiguration {
  hostname: string;
  interfaces: readonly GuestInterface[];
  routes?: readonly { to: string; via: string }[] | undefined;
  /** Passes packets on between its networks. It stays on once it was asked for. */
  forwarding?: boolean | undefined;
  /** Whole content of /etc/hosts. */
  hosts: string;
  /** Address of whom it asks for other names. Undefined: /etc/resolv.conf stays as it is. */
  resolver?: string | undefined;
}

export type GuestAddress = { kind: "tcp"; host: string; port: number } | { kind: "unix"; path: string };

/** One conversation with a guest's agent. All calls may run concurrently. */
export interface AgentSession {
  readonly guest: GuestInfo;
  /** Settles with the reason when the session is over. */
  readonly ended: Promise<Error>;
  exec(request: ExecRequest): RunningCommand;
  /** Writes a file atomically (temporary name, rename); parents are created. */
  writeFile(path: string, content: Readable | Uint8Array, options?: { mode?: number; mtimeMs?: number }): Promise<void>;
  readFile(path: string): Promise<{ entry: GuestEntry; content: Readable }>;
  /**
   * Writes a file as {@link writeFile} does, holes as holes. The guest puts it in place only when the checksum of what it
   * got is the checksum of what was sent.
   */
  putFile(path: string, pieces: AsyncIterable<FilePiece>, options: PutOptions): Promise<void>;
  /**
   * Reads what a regular file has when it is opened, in order, holes as holes; symlinks are not followed. `pieces` throws
   * in the end unless the guest's checksum is that of what has come.
   */
  getFile(
    path: string,
    options: TransferOptions,
  ): Promise<{ entry: GuestEntry; pieces: AsyncGenerator<FilePiece, void, undefined> }>;
  /** The entry itself and, for a directory, everything below it, parents first. Symlinks are not followed. */
  list(path: string, signal?: AbortSignal): AsyncGenerator<GuestEntry, void, undefined>;
  makeDirectory(path: string, options?: { mode?: number }): Promise<void>;
  makeSymlink(path: string, target: string): Promise<void>;
  /** A second name for the file that `target` names. */
  makeLink(path: string, target: string): Promise<void>;
  /**
   * Lets the guest itself watch until the target is open/present (or, with `gone`, closed/absent); polls without forking.
   * Rejects only when the session is lost or the signal fires.
   */
  waitFor(
    target: WaitTarget,
    options?: { gone?: boolean; signal?: AbortSignal; onProgress?: (seen: WaitObservation) => void },
  ): Promise<WaitObservation>;
  /**
   * Lets the guest send ICMP echo requests until `address` answers one: a literal address of either family, or a name
   * of its /etc/hosts (the first address counts). Nothing is forked. What the kernel cannot send yet is tried again.
   * @throws AGENT_REFUSED for an unknown name, or a guest without raw sockets; AGENT_LOST; ABORTED
   */
  echo(
    address: string,
    options?: { signal?: AbortSignal; onProgress?: (seen: WaitObservation) => void },
  ): Promise<EchoAnswer>;
  /** A byte stream to an address as the guest sees it. */
  connect(address: GuestAddress): Promise<Duplex>;
  configure(configuration: GuestConfiguration): Promise<void>;
  /**
   * Sets the guest's wall clock to what `epochMs`, milliseconds since 1970, is at the moment of the call; what passes until
   * the guest sets it is added, so that it is right to a millisecond or two.
   */
  setClock(epochMs: number): Promise<ClockStep>;
  /**
   * Mixes 32 to 64 random bytes into the kernel's entropy pool, credits them, and makes its generator start anew from
   * them: what two copies of a machine draw afterwards differs. It does not reach programs with a generator of their own.
   * @throws AGENT_REFUSED when the kernel does not do it, or for another number of bytes; AGENT_LOST
   */
  reseed(bytes: Uint8Array): Promise<void>;
  ping(): Promise<void>;
  /**
   * Ends the conversation: whatever is going on in it rejects with `reason` when that is a MachinesError, otherwise with
   * an AGENT_LOST that tells its message. Default: `it was closed`.
   */
  close(reason?: Error): void;
}
