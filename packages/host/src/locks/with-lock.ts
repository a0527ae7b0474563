import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { Deadline } from "../deadline/deadline.ts";
import { MachinesError } from "../errors/machines-error.ts";
import { requireTool } from "../tools/require-tool.ts";

export interface LockOptions {
  /** Gives up waiting; work that has begun is not interrupted. */
  signal?: AbortSignal | undefined;
  /** Called once when another process holds the lock for longer than it takes to ask for it (100 ms). */
  onWait?: (() => void) | undefined;
}

type Holder = ChildProcessByStdio<Writable, Readable, Readable>;

const waitNoticeAfterMs = 100;

/**
 * Runs `work` while no other process, and no other call in this one, holds the lock on `file`.
 * The file is created when needed and never removed: removing a locked file would let two processes lock two files.
 *
 * Node has no flock(2), so a child holds the lock until its stdin closes. The kernel closes that pipe however this
 * process ends, so a lock never outlives its holder, kill -9 included.
 *
 * @throws MachinesError ABORTED when the signal fires while waiting
 * @throws MachinesError LOCK_FAILED when the file cannot be locked, or when the lock was lost while `work` ran
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  Deadline.never(options.signal).throwIfAborted();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const holder = startHolder(file);
  const ended = new Promise<void>((resolve) => {
    holder.once("close", () => resolve());
    holder.once("error", () => resolve());
  });
  const release = async (): Promise<void> => {
    holder.stdin.end();
    await ended;
  };
  try {
    await lockAcquired(file, holder, options);
  } catch (error) {
    holder.kill("SIGKILL");
    await release();
    throw error;
  }
  try {
    const result = await work();
    if (holder.exitCode !== null || holder.signalCode !== null) throw lockLost(file, holder);
    return result;
  } finally {
    await release();
  }
}

function startHolder(file: string): Holder {
  const flock = requireTool("flock", `the lock ${file}`);
  const setpriv = requireTool("setpriv", `the lock ${file}`);
  // --no-fork leaves one process, so that killing it while it waits leaves none. pdeathsig ends one that still waits
  // when we are killed: only after it got the lock would it notice the closed pipe.
  const argv = ["--pdeathsig", "KILL", "--", flock, "--no-fork", "--exclusive", file];
  const child = spawn(setpriv, [...argv, "/bin/sh", "-c", "echo locked; read -r _"], {
    stdio: ["pipe", "pipe", "pipe"],
    // Its own session: Ctrl-C reaches the whole foreground group, and must not take the lock from our clean-up.
    detached: true,
  });
  // EPIPE here means that the holder is gone, which "close" reports with its cause.
  child.stdin.on("error", () => undefined);
  return child;
}

async function lockAcquired(file: string, holder: Holder, { signal, onWait }: LockOptions): Promise<void> {
  const notice = setTimeout(() => onWait?.(), waitNoticeAfterMs);
  let complaint = "";
  holder.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const outcome = new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("error", (cause) => reject(cannotLock(file, cause.message, cause)));
    holder.once("close", () => reject(cannotLock(file, complaint.trim())));
  });
  try {
    await Deadline.never(signal).race(outcome, () => new Error("unreachable: an endless deadline expired"));
  } finally {
    clearTimeout(notice);
  }
}

function cannotLock(file: string, complaint: string, cause?: unknown): MachinesError {
  return new MachinesError("LOCK_FAILED", `cannot lock ${file}: ${complaint || "flock ended without a message"}`, {
    hint: "The file must be on a file system that supports flock(2) and be writable by you.",
    cause,
  });
}

function lockLost(file: string, { exitCode, signalCode }: Holder): MachinesError {
  return new MachinesError(
    "LOCK_FAILED",
    `lost the lock on ${file} while working under it: its holder ended with ${signalCode ?? `exit code ${exitCode}`}`,
    { hint: "Another process may have worked at the same time. Did something kill the flock process?" },
  );
}
