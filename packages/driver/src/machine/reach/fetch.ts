import type { RequestInit, Response } from "undici";
import type { Socket } from "node:net";
import type { MachineContext } from "../context.ts";
import { connect } from "./connect.ts";
import { authorities, insecure } from "./tls.ts";

export interface GuestFetchOptions extends RequestInit {
  /** Certificate authorities, as PEM texts, that https is checked with beside Node's own. */
  ca?: string | readonly string[] | undefined;
  /** In milliseconds, until the answer's headers are there. Default: none. */
  timeout?: number | undefined;
}

/** The platform's fetch, by connections that the guest opens: names and addresses are those that the guest knows. */
export async function fetchThrough(
  context: MachineContext,
  url: string | URL,
  { ca, timeout, ...init }: GuestFetchOptions = {},
): Promise<Response> {
  // It takes long to load, and most tests fetch nothing.
  const { Agent, buildConnector, fetch } = await import("undici");
  // An emulated guest may take longer for its half of a handshake than the 10 s that undici gives by itself.
  const secure = buildConnector({
    timeout: timeout ?? 0,
    ...(ca !== undefined && { ca: authorities(ca) }),
  });
  const dispatcher = new Agent({
    // One request each: a connection that is kept would outlive what it was opened for.
    pipelining: 0,
    keepAliveTimeout: 1,
    ...(timeout !== undefined && { headersTimeout: timeout }),
    connect: (options, callback) => {
      const { protocol, hostname, port } = options;
      const isSecure = protocol === "https:";
      const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (isSecure ? 443 : 80)) };
      connect(context, target, { timeout }).then(
        (stream) => {
          // undici reads, writes and destroys it, which any duplex stream can do.
          const socket: unknown = stream;
          if (!isSecure) return callback(null, socket as Socket);
          secure({ ...options, httpSocket: socket as Socket }, (...[error, secured]) => {
            if (error === null) return callback(null, secured);
            stream.destroy();
            callback(insecure(context.name, target, error), null);
          });
        },
        (error: unknown) => callback(error as Error, null),
      );
    },
  });
  try {
    return await fetch(url, { ...init, dispatcher });
  } catch (error) {
    // fetch hides why behind "fetch failed".
    const { cause } = error as Error;
    throw cause instanceof Error && error instanceof TypeError ? cause : error;
  } finally {
    // It waits for what is still coming.
    void dispatcher.close();
  }
}
