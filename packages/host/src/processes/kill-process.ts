import { setTimeout as sleep } from "node:timers/promises";
import { isSameProcess, type ProcessIdentity } from "./identity.ts";

/** Reaping a killed process takes milliseconds; one in an uninterruptible wait (dead disk) may stay longer. */
const patienceMs = 5_000;

/**
 * Kills the group of a process with SIGKILL and waits until it is gone. Does nothing when it is not the process that
 * was meant any more.
 */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  if (!isSameProcess(identity)) return;
  signalGroup(identity.pid, "SIGKILL");
  for (const end = performance.now() + patienceMs; isSameProcess(identity) && performance.now() < end;) await sleep(10);
}

/** Signals a process group whose leader is `pid`; the process alone when it leads none. Gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  if (!trySignal(-pid, signal)) trySignal(pid, signal);
}

function trySignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
