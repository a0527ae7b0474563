import { Deadline, MachinesError } from "@vitest-machines/host";
import type { QmpClient } from "../../qemu/qmp/client.ts";

/** Saving or loading a state takes some 10 ms. */
const pollMs = 1;
/** Memory that is a shared file stays where it is, and only the devices travel. QEMU has it since 4.0, as experimental. */
const ignoreShared = "x-ignore-shared";
/** Bytes per second; the default of 128 MiB/s is meant for networks. */
const unlimited = 10_000_000_000;

/** Of a migration that does nothing any more, or never began. */
const overStates: readonly string[] = ["none", "completed", "failed", "cancelled"];

interface MigrationInfo {
  readonly status?: string;
  readonly "error-desc"?: string;
  readonly "blocked-reasons"?: readonly string[];
}

/** Why a machine cannot be frozen, in QEMU's words; undefined when it can. */
export async function obstacleToFreezing(qmp: QmpClient): Promise<string | undefined> {
  const capabilities = await qmp.execute<{ capability: string }[]>("query-migrate-capabilities");
  if (!capabilities.some(({ capability }) => capability === ignoreShared)) {
    return `this QEMU cannot leave memory in its file (it has no ${ignoreShared})`;
  }
  const reasons = (await qmp.execute<MigrationInfo>("query-migrate"))["blocked-reasons"] ?? [];
  return reasons[0];
}

/** Prepares either end. @param memory whether guest memory travels too, or stays in the file that both ends map */
export async function prepareMigration(qmp: QmpClient, memory: "stays" | "travels"): Promise<void> {
  const capabilities = [{ capability: ignoreShared, state: memory === "stays" }];
  await Promise.all([
    qmp.execute("migrate-set-capabilities", { capabilities }),
    qmp.execute("migrate-set-parameters", { "max-bandwidth": unlimited }),
  ]);
}

/** Waits until the migration is complete. @throws FREEZE_FAILED with QEMU's reason; ABORTED */
export async function migrationEnd(qmp: QmpClient, machine: string, deadline: Deadline): Promise<void> {
  for (;;) {
    const info = await qmp.execute<MigrationInfo>("query-migrate");
    if (info.status === "completed") return;
    if (info.status === "failed" || info.status === "cancelled") throw failed(machine, info);
    if (deadline.expired) throw failed(machine, { "error-desc": `it is still ${info.status ?? "waiting"}` });
    await deadline.sleep(pollMs);
  }
}

/** Ends a migration that was given up half-way: until then QEMU does not let the machine go on. */
export async function abandonMigration(qmp: QmpClient): Promise<void> {
  const isOver = async (): Promise<boolean> => {
    const { status = "none" } = await qmp.execute<MigrationInfo>("query-migrate");
    return overStates.includes(status);
  };
  if (await isOver()) return;
  await qmp.execute("migrate_cancel");
  while (!(await isOver())) await Deadline.never().sleep(pollMs);
}

function failed(machine: string, info: MigrationInfo): MachinesError {
  const why = info["error-desc"] ?? `QEMU says only that it ${info.status ?? "failed"}`;
  return new MachinesError("FREEZE_FAILED", `${machine}: its state could not be carried over: ${why}.`, {
    machine,
    facts: { status: info.status ?? null },
  });
}
