import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, type ProcessIdentity } from "./identity.ts";

/** A killed process is gone within milliseconds; one in an uninterruptible wait (a dead disk) may stay longer. */
const patienceMs = 5_000;

/**
 * Kills the group of a process with SIGKILL and waits until it is gone, at most 5 s. Does nothing when the pid is
 * another process's by now.
 */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (!isSameProcess(identity)) return;
  signalGroup(identity.pid, "SIGKILL");
  for (const end = performance.now() + patienceMs; isSameProcess(identity) && performance.now() < end;) {
    await sleep(10);
  }
}

/**
 * Signals the process group that `pid` leads, or the process alone when it leads none. Gone is fine.
 * @param options.leaderIsGone the pid itself was reaped and may be somebody else's: only its group is meant
 */
export function signalGroup(pid: number, signal: NodeJS.Signals, options: { leaderIsGone?: boolean } = {}): void {
  const reached = trySignal(-pid, signal);
  if (!reached && options.leaderIsGone !== true) trySignal(pid, signal);
}

function trySignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
