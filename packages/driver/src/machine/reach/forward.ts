import { createServer, type AddressInfo, type Socket } from "node:net";
import { pipeline } from "node:stream";
import type { MachineContext } from "../context.ts";
import { connect } from "./connect.ts";
import { guestAddress, type GuestTarget } from "./guest-target.ts";

/** A door on the host's loopback that leads to a service of a guest. */
export interface Forwarded extends AsyncDisposable {
  readonly host: "127.0.0.1";
  /** A free one that the host has chosen. */
  readonly port: number;
  /** Closes it, and the connections through it. Happens by itself when the cluster stops. */
  close(): Promise<void>;
}

/** Listens on the host's loopback and passes every connection on through the agent. */
export async function forward(context: MachineContext, target: GuestTarget): Promise<Forwarded> {
  guestAddress(target);
  await context.power.waitUntilReady();
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
      () => socket.resetAndDestroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
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
  const { port } = server.address() as AddressInfo;
  return { host: "127.0.0.1", port, close, [Symbol.asyncDispose]: close };
}
