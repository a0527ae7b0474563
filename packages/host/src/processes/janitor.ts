import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Writable } from "node:stream";
import type { Socket } from "node:net";
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
 */
export function startJanitor(folder: string): Janitor {
  const child = spawn("/bin/sh", ["-c", script, "vitest-machines-janitor", folder, childrenFile(folder)], {
    cwd: "/",
    // Its own session: signals to our group and a terminal that hangs up must not end it together with us.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A forgotten lease must not keep a script running for the janitor's sake: ending is what wakes it up.
  child.unref();
  (child.stdin as Socket).unref();
  // EPIPE: somebody killed the janitor. The next sweep then does what it would have done.
  child.stdin.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return { pid: child.pid, standDown: () => standDown(child, ended) };
}

async function standDown(child: ChildProcessByStdio<Writable, null, null>, ended: Promise<void>): Promise<void> {
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
