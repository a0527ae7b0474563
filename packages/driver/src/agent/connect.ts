import { MachinesError, type Deadline } from "@vitest-machines/host";
import { connect, type Socket } from "node:net";
import type { CopyDisk } from "./copies/copy-disk.ts";
import { agentLost } from "./errors.ts";
import { shakeHands } from "./handshake.ts";
import { AgentLink } from "./link.ts";
import { configure } from "./operations/configure.ts";
import { connectTo } from "./operations/connect-to.ts";
import { echo } from "./operations/echo.ts";
import { exec } from "./operations/exec.ts";
import { getFile } from "./operations/get-file.ts";
import { list } from "./operations/list.ts";
import { makeDirectory, makeLink } from "./operations/make.ts";
import { putFile } from "./operations/put-file.ts";
import { readFile } from "./operations/read-file.ts";
import { reseed } from "./operations/reseed.ts";
import { setClock } from "./operations/set-clock.ts";
import { waitFor } from "./operations/wait-for.ts";
import { writeFile } from "./operations/write-file.ts";
import { FrameParser } from "./protocol/parser.ts";
import type { AgentSession } from "./session.ts";

export interface ConnectAgentOptions {
  /** For the handshake; a guest that still boots needs as long as its boot takes. */
  deadline: Deadline;
  /** A disk of the guest's that large files may go over. */
  copyDisk?: CopyDisk | undefined;
}

/**
 * Opens a conversation with a guest's agent over the unix socket behind its virtio-serial port. An earlier conversation,
 * and all that ran in it, ends.
 * @throws AGENT_TIMEOUT without an answer before the deadline; AGENT_LOST when the line cannot be opened or closes;
 *   AGENT_REFUSED for an agent of another protocol; ABORTED
 */
export async function connectAgent(
  socketPath: string,
  { deadline, copyDisk }: ConnectAgentOptions,
): Promise<AgentSession> {
  deadline.throwIfAborted();
  const socket = await openSocket(socketPath, deadline);
  const parser = new FrameParser();
  try {
    const { guest, window, rest } = await shakeHands(socket, parser, deadline);
    const link = new AgentLink(socket, parser);
    link.receive(rest);
    socket.resume();
    return createSession(link, guest, window, copyDisk);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** How soon a line that was busy is tried again, in milliseconds. */
const busyMs = 2;

/** QEMU takes one caller at a time, and lets few wait: on a busy host it may not have noticed yet that the last one has left. */
async function openSocket(path: string, deadline: Deadline): Promise<Socket> {
  for (;;) {
    const socket = await tryOpen(path, deadline);
    if (socket) return socket;
    await deadline.sleep(busyMs);
  }
}

/** @returns undefined when too many wait for the line */
function tryOpen(path: string, deadline: Deadline): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    // Stays when it is connected: what follows an error is `close`, and that is what everybody listens to.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EAGAIN" && !deadline.expired) {
        resolve(undefined);
        return;
      }
      const hint = "The machine's QEMU makes this socket when it starts, and it lives as long as QEMU does.";
      const summary = `cannot reach the agent's line at ${path}: ${error.message}`;
      reject(new MachinesError("AGENT_LOST", summary, { cause: error, hint, facts: { path } }));
    });
  });
}

function createSession(
  link: AgentLink,
  guest: AgentSession["guest"],
  window: number,
  copyDisk: CopyDisk | undefined,
): AgentSession {
  return {
    guest,
    ended: link.ended,
    exec: (command) => exec(link, window, command),
    writeFile: (path, content, options) => writeFile(link, window, path, content, options),
    readFile: (path) => readFile(link, path),
    putFile: (path, pieces, options) => putFile({ link, window, copyDisk }, path, pieces, options),
    getFile: (path, options) => getFile({ link, copyDisk }, path, options),
    list: (path, signal) => list(link, path, signal),
    makeDirectory: (path, { mode } = {}) => makeDirectory(link, path, mode),
    makeSymlink: (path, target) => makeLink(link, "symlink", path, target),
    makeLink: (path, target) => makeLink(link, "link", path, target),
    waitFor: (target, options) => waitFor(link, target, options),
    echo: (address, options) => echo(link, address, options),
    connect: (address) => connectTo(link, window, address),
    configure: (configuration) => configure(link, window, configuration),
    setClock: (epochMs) => setClock(link, epochMs),
    reseed: (bytes) => reseed(link, bytes),
    ping: () => link.ping(),
    close: (reason) =>
      link.end(reason instanceof MachinesError ? reason : agentLost(reason?.message ?? "it was closed", reason)),
  };
}
