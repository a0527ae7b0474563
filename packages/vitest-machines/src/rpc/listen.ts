import { chmodSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";

/** Listens on a unix socket that only this user can connect to. */
export async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
  // The folder is private already; this holds even if somebody opens the folder up.
  chmodSync(path, 0o600);
  return server;
}
