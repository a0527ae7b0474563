import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { MachinesError } from "../errors/machines-error.ts";
import { recordChild } from "../folders/run-folder.ts";
import { requireTool } from "../tools/require-tool.ts";
import { signalGroup } from "./kill-process.ts";
import type { ExitStatus, HostedProcess, SpawnRequest } from "./process-host.ts";

/**
 * Starts a program as the leader of its own process group, noted in `folder`, that dies with the thread that calls this:
 * PR_SET_PDEATHSIG follows the spawning *thread*, so call it from one that lives as long as the child should.
 *
 * Its stdin is a pipe that nobody writes to and that closes with this process: vde_switch ends at end of file, and
 * with /dev/null it would do so at once.
 *
 * @throws MachinesError PROCESS_FAILED when it cannot be started
 */
export async function spawnChild(request: SpawnRequest, folder: string): Promise<HostedProcess> {
  const setpriv = requireTool("setpriv", request.name);
  const log = await open(request.logFile, "a", 0o600);
  try {
    const child = spawn(setpriv, ["--pdeathsig", "KILL", "--", ...request.argv], {
      cwd: folder,
      // Away from the terminal's process group: Ctrl-C is for us, we then end children in order.
      detached: true,
      env: { ...process.env, ...request.env },
      stdio: ["pipe", log.fd, log.fd],
    });
    const { pid } = child;
    if (pid === undefined) {
      const [cause] = (await once(child, "error")) as [Error];
      throw new MachinesError("PROCESS_FAILED", `cannot start ${request.name}: ${cause.message}`, { cause });
    }
    recordChild(folder, pid);
    return hosted(child, pid);
  } finally {
    await log.close();
  }
}

function hosted(child: ChildProcess, pid: number): HostedProcess {
  let running = true;
  child.stdin?.on("error", () => undefined);
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("exit", (exitCode, signal) => {
      running = false;
      // What it may have started itself must not outlive it. While members are left, no other group can get this id.
      signalGroup(pid, "SIGKILL", { leaderIsGone: true });
      resolve({ exitCode, signal });
    });
  });
  return {
    pid,
    exited,
    kill: async (signal) => {
      // After the child is reaped its pid may belong to somebody else.
      if (running) signalGroup(pid, signal);
    },
  };
}
