import { createBirpc } from "birpc";
import type { Socket } from "node:net";
import { isWireError, packError, unpackError } from "./errors.ts";
import { splitLines } from "./lines.ts";

type Functions<T> = { [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R : never };
type Arguments<T, K extends keyof T> = Parameters<Functions<T>[K]>;
type Answer<T, K extends keyof T> = Awaited<ReturnType<Functions<T>[K]>>;

/** The other end of a socket, with the functions that it offers. */
export interface Peer<Remote extends object> {
  /** Calls a function there. @throws what it threw, or what `onLost` returns when the socket closes first */
  call<K extends keyof Remote & string>(method: K, ...args: Arguments<Remote, K>): Promise<Answer<Remote, K>>;
  /** Calls a function there without an answer; does nothing when the socket is closed. */
  tell<K extends keyof Remote & string>(method: K, ...args: Arguments<Remote, K>): void;
  /** Settles when the socket is closed; calls that were pending have been rejected by then. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface PeerOptions {
  /** What pending and later calls are rejected with once the socket is closed. */
  onLost: () => Error;
  /** Keeps the event loop alive only while calls are pending. */
  unrefWhenIdle?: boolean | undefined;
}

/** Speaks birpc over a socket, one JSON message per line. */
export function createPeer<Remote extends object>(socket: Socket, local: object, options: PeerOptions): Peer<Remote> {
  let pending = 0;
  let isLost = false;
  const rpc = createBirpc<Record<string, (...args: unknown[]) => unknown>, object, false>(local, {
    proxify: false,
    bind: "functions",
    // Waiting for the budget has no limit; deadlines are the caller's.
    timeout: -1,
    post: (line: string) => {
      if (socket.writable) socket.write(`${line}\n`);
    },
    on: (listener: (line: string) => void) => splitLines(socket, listener),
    serialize: (message: unknown) =>
      JSON.stringify(message, (_key, value: unknown) => (value instanceof Error ? packError(value) : value)),
    deserialize: (line: string): unknown =>
      JSON.parse(line, (_key, value: unknown) => (isWireError(value) ? unpackError(value) : value)),
  });
  // What breaks a socket is followed by `close`, which tells everybody who waits.
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isLost = true;
      rpc.$close(options.onLost());
      resolve();
    });
  });
  if (options.unrefWhenIdle) socket.unref();

  return {
    closed,
    close: () => void socket.destroy(),
    tell: (method, ...args) => {
      if (!isLost) void rpc.$callEvent(method, ...args);
    },
    call: async <K extends keyof Remote & string>(
      method: K,
      ...args: Arguments<Remote, K>
    ): Promise<Answer<Remote, K>> => {
      if (isLost) throw options.onLost();
      if (pending++ === 0) socket.ref();
      try {
        return (await rpc.$call(method, ...args)) as Answer<Remote, K>;
      } finally {
        if (--pending === 0 && options.unrefWhenIdle) socket.unref();
      }
    },
  };
}
