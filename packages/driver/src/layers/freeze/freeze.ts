import type { Deadline } from "@vitest-machines/host";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AgentSession } from "../../agent/session.ts";
import type { DiskPlan } from "../../qemu/disks/plan.ts";
import type { MachineFiles } from "../../qemu/files.ts";
import type { QmpClient } from "../../qemu/qmp/client.ts";
import { layerFiles, type NodeFacts } from "../layer-facts.ts";
import type { ClockMode } from "../../topology/declaration.ts";
import { allDone } from "./all-done.ts";
import { copySparse, linkOrCopy } from "./copy-sparse.ts";
import { abandonMigration } from "./migration.ts";

/** A running machine that is to be frozen. */
export interface FreezeSubject {
  readonly name: string;
  readonly number: number;
  readonly qmp: QmpClient;
  readonly session: AgentSession;
  readonly files: MachineFiles;
  readonly disks: readonly DiskPlan[];
  /** Overlays of layers that its own lie on, from the top down, by serial. */
  readonly layerDisks: Readonly<Record<string, readonly string[]>>;
  /** What it has printed on its console. */
  readonly printed: string;
  readonly shell: string;
  /** Gets the memory into a file; the devices are saved there as well. The machine is stopped. */
  readonly saveMemory: SaveMemory;
}

export type SaveMemory = (target: { ram: string; devices: string }, deadline: Deadline) => Promise<void>;

export interface FrozenFiles {
  readonly files: readonly string[];
  readonly nodes: Readonly<Record<string, NodeFacts>>;
}

/**
 * Writes the state of machines into a folder: all are stopped before the first is saved, so that none is ahead of
 * another. They are left stopped.
 * @throws FREEZE_FAILED, QMP_FAILED, ABORTED, and the system's errors, such as a full disk's
 */
export async function freeze(
  subjects: readonly FreezeSubject[],
  folder: string,
  deadline: Deadline,
): Promise<FrozenFiles> {
  await Promise.all(subjects.map(({ qmp }) => qmp.execute("stop")));
  // All come to an end before anybody lets them go on: QEMU refuses that in the middle of a migration.
  const saved = await allDone(
    subjects.map(async (subject) => ({ subject, ...(await saveMachine(subject, folder, deadline)) })),
  );
  return {
    files: saved.flatMap(({ files }) => files),
    nodes: Object.fromEntries(saved.map(({ subject, facts }) => [subject.name, facts])),
  };
}

/** Lets machines go on after a freeze. @param clock their clocks stood still meanwhile */
export async function resume(subjects: readonly FreezeSubject[], clock: ClockMode): Promise<void> {
  await Promise.all(
    subjects.map(async ({ qmp, session }) => {
      await abandonMigration(qmp);
      await qmp.execute("cont");
      if (clock === "host") await session.setClock(Date.now());
    }),
  );
}

async function saveMachine(
  subject: FreezeSubject,
  folder: string,
  deadline: Deadline,
): Promise<{ files: string[]; facts: NodeFacts }> {
  const names = layerFiles(subject.number);
  const inLayer = (name: string): string => join(folder, name);
  await mkdir(dirname(inLayer(names.ram)), { recursive: true, mode: 0o700 });
  await subject.saveMemory({ ram: inLayer(names.ram), devices: inLayer(names.devices) }, deadline);
  await writeFile(inLayer(names.console), subject.printed, { mode: 0o600 });
  const disks = await Promise.all(subject.disks.map((disk) => saveDisk(subject, disk, folder)));
  return {
    files: [names.ram, names.devices, names.console, ...disks.flatMap(([, files]) => files)],
    facts: { shell: subject.shell, disks: Object.fromEntries(disks) },
  };
}

/** Its own overlay and those below it, so that a layer needs no other one; the image's disk stays where it is. */
async function saveDisk(
  { number, layerDisks }: FreezeSubject,
  { serial, overlay }: DiskPlan,
  folder: string,
): Promise<[serial: string, files: string[]]> {
  const stack = [overlay, ...(layerDisks[serial] ?? [])];
  const names = stack.map((_path, depth) => layerFiles(number).disk(`${serial}.${depth}`));
  await Promise.all(
    stack.map(async (path, depth) => {
      const target = join(folder, names[depth] as string);
      // The machine may go on and write to the one; nobody writes to the others any more.
      await (depth === 0 ? copySparse(path, target) : linkOrCopy(path, target));
    }),
  );
  return [serial, names];
}
