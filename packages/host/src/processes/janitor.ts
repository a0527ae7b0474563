import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { MachinesError } from "../errors/machines-error.ts";
import { childrenFile } from "../folders/run-folder.ts";

/** Cleans a run folder up when the process that owns it dies without doing so. */
export interface Janitor {
  readonly pid: number | undefined;
  /** Ends the janitor; to be called when the folder is gone. */
  standDown(): Promise<void>;
}

/**
 * Starts a shell that waits until its stdin closes. The kernel closes that pipe however this process ends, and then the
 * shell kills the children that the folder lists and removes the folder, so that even a kill -9 leaves nothing behind.
 * @throws MachinesError PROCESS_FAILED when it does not start
 */
export async function startJanitor(folder: string): Promise<Janitor> {
  const child = spawn("/bin/sh", ["-c", script, "vitest-machines-janitor", folder, childrenFile(folder)], {
    cwd: "/",
    // Its own session: signals to our group and a terminal that hangs up must not end it together with us.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  // EPIPE: somebody killed the janitor. The next sweep then does what it would have done.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  // Only now does it ignore signals: nothing is to be started for it to look after before.
  await Promise.race([once(child.stdout, "data"), ended.then(() => Promise.reject(notStarted(folder)))]);
  // A forgotten lease must not keep a script running for the janitor's sake: ending is what wakes it up.
  child.stdout.destroy();
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return { pid: child.pid, standDown: () => standDown(child, ended) };
}

function notStarted(folder: string): MachinesError {
  return new MachinesError("PROCESS_FAILED", `cannot start the shell that looks after ${folder}`, {
    hint: "Is /bin/sh there, and may this user start further processes (ulimit -u)?",
  });
}

async function standDown(child: ChildProcessByStdio<Writable, Readable, null>, ended: Promise<void>): Promise<void> {
  child.ref();
  child.stdin.end("done\n");
  await ended;
}

/**
 * `$1` is the folder, `$2` the list of children, one `PID START` a line. START is field 22 of /proc/PID/stat; field 2,
 * the program's name, may hold spaces, so that everything up to its closing parenthesis is cut off first.
 */
const script = `
trap '' INT TERM HUP
echo ready
exec >/dev/null
read -r word && exit 0
alive() {
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- "$2" \${stat##*) }
  case $2 in Z | X) return 1 ;; esac
  [ "\${21}" = "$1" ]
}
if [ -f "$2" ]; then
  while read -r pid start; do
    alive "$pid" "$start" && kill -s KILL -- "-$pid"
  done <"$2"
  while read -r pid start; do
    rounds=0
    while alive "$pid" "$start" && [ "$rounds" -lt 50 ]; do
      sleep 0.1
      rounds=$((rounds + 1))
    done
  done <"$2"
fi
rm -rf -- "$1"
`;
