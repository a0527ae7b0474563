import { MachinesError } from "@vitest-machines/host";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { pipeline } from "node:stream";
import type { MachineContext } from "../context.ts";
import { connect } from "./connect.ts";
import { guestAddress, type GuestTarget } from "./guest-target.ts";

/** How long a client may take to say something to a guest that is not there, in milliseconds. */
const silenceMs = 100;

/** Where a door is on the host. */
export interface DoorAddress {
  readonly host: "127.0.0.1";
  readonly port: number;
}

/** A door on the host's loopback that leads to a service of a guest. */
export interface Forwarded extends DoorAddress, AsyncDisposable {
  /** Closes it, and the connections through it. Happens by itself when the cluster stops. */
  close(): Promise<void>;
}

/**
 * Listens on the host's loopback and passes every connection on through the agent, which opens its end when a client comes:
 * a machine that is not ready yet lets the client wait.
 * @param port of the host; undefined for a free one
 * @throws PORT_UNAVAILABLE
 */
export async function openDoor(context: MachineContext, target: GuestTarget, port?: number): Promise<Forwarded> {
  guestAddress(target);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // Whoever connected sees the connection end, as with any service that is not there.
    socket.on("error", () => undefined);
    connect(context, target).then(
      (guest) => {
        pipeline(socket, guest, () => undefined);
        pipeline(guest, socket, () => undefined);
      },
      () => turnAway(socket),
    );
  });
  await listen(server, context.name, port);
  // A forgotten one keeps no test run going.
  server.unref();
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      context.ended.removeEventListener("abort", onEnd);
      for (const socket of open) socket.destroy();
      server.close(() => resolve());
    });
  const onEnd = (): void => void close();
  context.ended.addEventListener("abort", onEnd, { once: true });
  if (context.ended.aborted) await close();
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close };
}

/**
 * Breaks a connection off, but not before its client has said something, or could have: undici, and with it `fetch`, waits for
 * ever when a connection is reset in the very moment in which it was made.
 */
function turnAway(socket: Socket): void {
  const reset = (): void => void socket.resetAndDestroy();
  const timer = setTimeout(reset, silenceMs);
  socket.once("close", () => clearTimeout(timer));
  socket.once("readable", reset);
}

async function listen(server: Server, machine: string, port = 0): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { EADDRINUSE: "it is in use", EACCES: "it is not for ordinary users" };
    const summary = `${machine}: port ${port} of 127.0.0.1 cannot lead to it: ${reasons[code] ?? message}.`;
    throw new MachinesError("PORT_UNAVAILABLE", summary, {
      machine,
      facts: { port },
      hint: `\`ss -tlnp 'sport = ${port}'\` says whose it is. [80] instead of { ${port}: 80 } takes a port that is free.`,
      cause: error,
    });
  }
}
