import { readFileSync, readlinkSync } from "node:fs";

/**
 * A process that can be told from a later one with the same pid. Pids are reused, start times are not;
 * both restart with the host, and pids mean something else in another pid namespace.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks between host boot and process start. */
  readonly startTime: string;
  readonly bootId: string;
  readonly pidNamespace: string;
}

/** Changes with every boot of the host. */
export function hostBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** The identity of a running process, undefined when there is none (a zombie runs no more). */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined
    ? undefined
    : { pid, startTime, bootId: hostBootId(), pidNamespace: currentPidNamespace() };
}

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  const identity = processIdentity(process.pid);
  // /proc is how every check here works; a host that hides a process from itself cannot run machines safely.
  if (identity === undefined) throw new Error(`/proc/${process.pid}/stat is not readable: is /proc mounted?`);
  return identity;
}

/**
 * Whether the process of this identity still runs. Processes of another pid namespace of this boot (another container
 * that shares the folder) cannot be seen from here and count as running: nothing of theirs may be touched.
 */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (identity.bootId !== hostBootId()) return false;
  if (identity.pidNamespace !== currentPidNamespace()) return true;
  return startTimeOf(identity.pid) === identity.startTime;
}

/** The start time in a /proc/PID/stat line, undefined when the line says that the process is dead. */
export function parseStartTime(stat: string): string | undefined {
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state] = fields;
  return state === "Z" || state === "X" ? undefined : fields[22 - 3];
}

export function currentPidNamespace(): string {
  return readlinkSync("/proc/self/ns/pid");
}

function startTimeOf(pid: number): string | undefined {
  try {
    return parseStartTime(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    // ESRCH: it ended between open and read.
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
