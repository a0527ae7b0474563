import { MachinesError, type Deadline } from "@vitest-machines/host";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";

/** A local process makes its sockets within milliseconds of its start. */
const pollMs = 2;

/**
 * Connects to a unix socket that a starting process is about to make.
 * @param gone rejects when there is no use in waiting any longer, because the process has ended
 * @throws BOOT_TIMEOUT when nobody listens before the deadline; ABORTED; what `gone` rejects with
 */
export async function connectSocket(path: string, deadline: Deadline, gone: Promise<never>): Promise<Socket> {
  for (;;) {
    const socket = await deadline.race(Promise.race([tryConnect(path), gone]), () => nobodyListens(path));
    if (socket !== undefined) return socket;
    if (deadline.expired) throw nobodyListens(path);
    await deadline.sleep(pollMs);
  }
}

/**
 * Waits until a starting process has made a unix socket, and does not connect to it.
 * @throws as {@link connectSocket}
 */
export async function socketMade(path: string, deadline: Deadline, gone: Promise<never>): Promise<void> {
  while (!existsSync(path)) {
    if (deadline.expired) throw nobodyListens(path);
    await Promise.race([deadline.sleep(pollMs), gone]);
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    // Stays when it is connected: its end is told by `close`, and nobody may be there yet to hear of an error.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // Not made yet, made and not listened on yet, or with others waiting in front of it.
      if (["ENOENT", "ECONNREFUSED", "EAGAIN"].includes(error.code ?? "")) resolve(undefined);
      else reject(error);
    });
  });
}

function nobodyListens(path: string): MachinesError {
  return new MachinesError("BOOT_TIMEOUT", `nobody listens on ${path}`, { facts: { path } });
}
