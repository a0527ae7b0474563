import { MachinesError, type Deadline } from "@vitest-machines/host";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import type { QmpClient } from "../../qemu/qmp/client.ts";
import { allDone } from "./all-done.ts";
import { migrationEnd, prepareMigration } from "./migration.ts";

export interface SaveRequest {
  readonly machine: string;
  readonly qmp: QmpClient;
  /** Where the state goes. */
  readonly file: string;
  /** Path for a unix socket that lives meanwhile. */
  readonly socket: string;
  readonly deadline: Deadline;
}

/**
 * Saves the devices of a stopped machine, half a megabyte whatever its memory, which stays in its shared file. Afterwards
 * QEMU has written out its disk caches and let go of its disks; `cont` takes them up again.
 * @throws FREEZE_FAILED, QMP_FAILED, ABORTED; the system's error when the file cannot be written
 */
export async function saveDevices({ machine, qmp, file, socket, deadline }: SaveRequest): Promise<void> {
  await prepareMigration(qmp, "stays");
  // A socket of ours instead of QEMU's exec:, which would start a shell and take the path apart.
  const receiver = await receive(socket);
  try {
    await qmp.execute("migrate", { uri: `unix:${socket}` });
    // Before anything is under way that nobody would wait for.
    deadline.throwIfAborted();
    const written = receiver.connection.then((stream) => pipeline(stream, createWriteStream(file, { mode: 0o600 })));
    const saved = migrationEnd(qmp, machine, deadline);
    // Either one that fails ends the other: a file that cannot be written breaks the line, and without QEMU nobody calls.
    saved.catch(receiver.close);
    const never = (): Error => new MachinesError("FREEZE_FAILED", `${machine}: its state was not saved in time.`);
    await deadline.race(allDone([written, saved]), never);
  } finally {
    receiver.close();
    await rm(socket, { force: true });
  }
}

async function receive(path: string): Promise<{ connection: Promise<Socket>; close: () => void }> {
  const server = createServer();
  const connections: Socket[] = [];
  let close = (): void => undefined;
  const connection = new Promise<Socket>((resolve, reject) => {
    server.once("connection", (socket) => {
      connections.push(socket);
      resolve(socket);
    });
    close = () => {
      connections.forEach((socket) => socket.destroy());
      server.close();
      reject(new Error("QEMU never connected to the socket that takes its state"));
    };
  });
  // Nobody asks for it when QEMU refuses to begin.
  connection.catch(() => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return { connection, close };
}
