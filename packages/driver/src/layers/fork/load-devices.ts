import { type Deadline } from "@vitest-machines/host";
import { readFile, rm } from "node:fs/promises";
import { connectSocket } from "../../qemu/connect-socket.ts";
import type { QmpClient } from "../../qemu/qmp/client.ts";
import { migrationEnd, prepareMigration } from "../freeze/migration.ts";

export interface LoadRequest {
  readonly machine: string;
  readonly qmp: QmpClient;
  /** What {@link saveDevices} has written. */
  readonly file: string;
  /** Path for a unix socket that lives meanwhile. */
  readonly socket: string;
  readonly deadline: Deadline;
}

/**
 * Gives the devices of a QEMU in `-incoming defer` a frozen state. The machine stays stopped.
 * @throws FREEZE_FAILED, QMP_FAILED, ABORTED
 */
export async function loadDevices({ machine, qmp, file, socket, deadline }: LoadRequest): Promise<void> {
  const [state] = await Promise.all([
    readFile(file),
    prepareMigration(qmp, "stays"),
    // Otherwise it would tell its switch and its guest five times that it has moved, and each guest all its peers: for
    // eight machines a fifth of all that a fork costs. Switches learn from the first packet of a card anyway. Not 0: QEMU
    // 7.2 then crashes as soon as a guest with a card resets, because a timer that was never made is stopped.
    qmp.execute("migrate-set-parameters", { "announce-rounds": 1 }),
  ]);
  await qmp.execute("migrate-incoming", { uri: `unix:${socket}` });
  const line = await connectSocket(socket, deadline, qmp.closed.then(Promise.reject.bind(Promise)));
  line.end(state);
  try {
    await migrationEnd(qmp, machine, deadline);
  } finally {
    line.destroy();
    await rm(socket, { force: true });
  }
}
