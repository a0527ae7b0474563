import { connect as connectSocket, type Socket } from "node:net";

/** Opens a unix socket. @throws the system's error when nobody listens there */
export async function connect(path: string): Promise<Socket> {
  const socket = connectSocket(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}
