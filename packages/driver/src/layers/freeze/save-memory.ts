import { Deadline, MachinesError, requireTool } from "@vitest-machines/host";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createOverlay } from "../../qemu/disks/create-overlay.ts";
import { planDisks } from "../../qemu/disks/plan.ts";
import { machineFiles, type MachineFiles } from "../../qemu/files.ts";
import { startQemu, type QemuProcess } from "../../qemu/qemu-process.ts";
import type { QmpClient } from "../../qemu/qmp/client.ts";
import type { Site } from "../fork/open-fork.ts";
import type { ForkBasis, ForkNode } from "../recipe.ts";
import { copySparse } from "./copy-sparse.ts";
import { allDone } from "./all-done.ts";
import type { SaveMemory } from "./freeze.ts";
import { migrationEnd, prepareMigration } from "./migration.ts";
import { saveDevices } from "./save-devices.ts";

/** For a machine that was booted: its memory is in a file already. */
export function saveSharedMemory(machine: string, qmp: QmpClient, files: MachineFiles): SaveMemory {
  return async ({ ram, devices }, deadline) => {
    await saveDevices({ machine, qmp, file: devices, socket: join(files.folder, "m"), deadline });
    await copySparse(files.ram, ram);
  };
}

export interface PrivateMemory {
  readonly recipe: ForkBasis;
  readonly node: ForkNode;
  readonly qmp: QmpClient;
  readonly site: Site;
  /** A folder for a QEMU that helps; removed again. */
  readonly folder: string;
  readonly layerDisks: Readonly<Record<string, readonly string[]>>;
}

/**
 * For a machine that was forked: only its QEMU can see its memory. A second QEMU, which never runs, takes all of it over
 * into a file of its own, and is the one that is saved.
 */
export function savePrivateMemory({ recipe, node, qmp, site, folder, layerDisks }: PrivateMemory): SaveMemory {
  const machine = node.name;
  return async ({ ram, devices }, deadline) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = machineFiles(folder);
    const disks = await planDisks(node, node.boot, files, layerDisks);
    await Promise.all(disks.map((disk) => createOverlay(disk, machine)));
    const program = requireTool("qemu-system-x86_64", `machine ${JSON.stringify(machine)}`);
    const { accelerator } = recipe;
    const plan = { program, accelerator, node, boot: node.boot, files, disks, switches: site.switches };
    const helper = await startQemu(site.lease, { ...plan, incoming: { memory: "state", ram } }, deadline);
    const socket = join(folder, "m");
    try {
      await Promise.all([prepareMigration(qmp, "travels"), prepareMigration(helper.qmp, "travels")]);
      await helper.qmp.execute("migrate-incoming", { uri: `unix:${socket}` });
      await qmp.execute("migrate", { uri: `unix:${socket}` });
      await allDone([migrationEnd(helper.qmp, machine, deadline), migrationEnd(qmp, machine, deadline)]);
      await rm(socket, { force: true });
      await saveDevices({ machine, qmp: helper.qmp, file: devices, socket, deadline });
    } catch (error) {
      throw (await fullDisk(machine, helper)) ?? error;
    } finally {
      await helper.process.kill("SIGKILL");
      await helper.process.exited;
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** How long the end of a process may take to be known after its sockets broke, in milliseconds. */
const endMs = 1_000;

/** Memory in a file on a full disk cannot be written, and whoever tries is killed for it. */
async function fullDisk(machine: string, { process }: QemuProcess): Promise<MachinesError | undefined> {
  const status = await Promise.race([process.exited, Deadline.never().sleep(endMs)]);
  if (!status || status.signal !== "SIGBUS") return undefined;
  return new MachinesError("FREEZE_FAILED", `${machine}: there is no room for a copy of its memory on the disk.`, {
    machine,
    hint: "Memory that a machine has written to takes as much room in a checkpoint or layer.",
  });
}
