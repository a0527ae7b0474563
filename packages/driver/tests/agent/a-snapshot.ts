import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QmpClient } from "../../src/qemu/qmp/client.ts";
import { until } from "./an-agent.ts";
import { bootGuest, type Guest, type GuestOptions } from "./a-guest.ts";

export interface Snapshot {
  /** A copy of the machine as it was, stopped; `cont` lets it run. */
  fork(): Promise<Guest>;
  discard(): Promise<void>;
}

/** Boots a guest, lets `prepare` do something with it, and freezes it: plain QMP, no more. The guest itself is gone then. */
export async function snapshot(
  options: Pick<GuestOptions, "suite" | "devices">,
  prepare: (guest: Guest) => Promise<void>,
): Promise<Snapshot> {
  const folder = await mkdtemp(join(tmpdir(), "snapshot-"));
  const [file, devices] = [join(folder, "memory"), join(folder, "devices")];
  const guest = await bootGuest({ ...options, memory: { file, isShared: true } });
  try {
    await prepare(guest);
    await guest.qmp.execute("stop");
    await leaveMemoryOut(guest.qmp);
    await guest.qmp.execute("migrate", { uri: `exec:cat > ${devices}` });
    await migrated(guest.qmp);
  } finally {
    await guest.stop();
  }
  return {
    async fork() {
      const fork = await bootGuest({ ...options, memory: { file, isShared: false }, isIncoming: true });
      await leaveMemoryOut(fork.qmp);
      await fork.qmp.execute("migrate-incoming", { uri: `exec:cat ${devices}` });
      await migrated(fork.qmp);
      return fork;
    },
    discard: () => rm(folder, { recursive: true }),
  };
}

/** The memory stays in its file. */
async function leaveMemoryOut(qmp: QmpClient): Promise<void> {
  await qmp.execute("migrate-set-capabilities", { capabilities: [{ capability: "x-ignore-shared", state: true }] });
}

function migrated(qmp: QmpClient): Promise<void> {
  return until("the migration is completed", async () => {
    const { status } = await qmp.execute<{ status?: string }>("query-migrate");
    if (status === "failed") throw new Error("the migration failed");
    return status === "completed";
  });
}
