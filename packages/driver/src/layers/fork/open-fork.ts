import { Deadline, isMachinesError, MachinesError, requireTool, type Lease } from "@vitest-machines/host";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createOverlay } from "../../qemu/disks/create-overlay.ts";
import { planDisks } from "../../qemu/disks/plan.ts";
import { machineFiles, type MachineFiles } from "../../qemu/files.ts";
import { qemuLogTail, startQemu, type QemuProcess } from "../../qemu/qemu-process.ts";
import { layerFiles, type Frozen } from "../layer-facts.ts";
import type { ForkBasis, ForkNode } from "../recipe.ts";
import { loadDevices } from "./load-devices.ts";

/** Where a cluster's processes and files are. */
export interface Site {
  readonly lease: Lease;
  /** The folder of each VLAN's switch. */
  readonly switches: ReadonlyMap<number, string>;
}

export interface ForkRequest {
  readonly recipe: ForkBasis;
  readonly node: ForkNode;
  readonly layer: Frozen;
  readonly site: Site;
  /** The machine's own folder, not yet there. */
  readonly folder: string;
  readonly deadline: Deadline;
}

/** A machine as it was when it was frozen, loaded and not yet running. */
export interface OpenedFork {
  readonly qemu: QemuProcess;
  readonly files: MachineFiles;
}

/**
 * Loads one machine of a layer into a QEMU of its own: a private copy-on-write mapping of the layer's memory, a fresh
 * overlay over each of its disks, and its devices' state.
 * @throws TOOL_MISSING, BOOT_FAILED, BOOT_TIMEOUT, FREEZE_FAILED, FORK_FAILED, ABORTED
 */
export async function openFork(request: ForkRequest): Promise<OpenedFork> {
  const { recipe, node, layer, site, folder, deadline } = request;
  const frozen = layerFiles(node.number);
  const files = machineFiles(folder);
  const program = requireTool("qemu-system-x86_64", `machine ${JSON.stringify(node.name)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const disks = await planDisks(node, node.boot, files, layerDisks(layer, node.name));
  await Promise.all(disks.map((disk) => createOverlay(disk, node.name)));
  const ram = join(layer.folder, frozen.ram);
  const plan = {
    program,
    accelerator: recipe.accelerator,
    node,
    boot: node.boot,
    files,
    disks,
    switches: site.switches,
  };
  const qemu = await startQemu(site.lease, { ...plan, incoming: { memory: "file", ram } }, deadline);
  try {
    await loadDevices({
      machine: node.name,
      qmp: qemu.qmp,
      file: join(layer.folder, frozen.devices),
      socket: join(folder, "m"),
      deadline,
    });
  } catch (error) {
    throw await notLoaded(error, node.name, qemu, files);
  }
  return { qemu, files };
}

/** How long the end of a process may take to be known after its sockets broke, in milliseconds. */
const endMs = 1_000;

/** A state that QEMU cannot read makes it end, and only its last words tell why. It is of no use in any case. */
async function notLoaded(
  error: unknown,
  machine: string,
  { process }: QemuProcess,
  { qemuLog }: MachineFiles,
): Promise<unknown> {
  const hasEnded = isMachinesError(error) && error.code === "QMP_FAILED";
  if (hasEnded) await Promise.race([process.exited, Deadline.never().sleep(endMs)]);
  await process.kill("SIGKILL");
  await process.exited;
  const [evidence] = hasEnded ? await qemuLogTail(qemuLog) : [];
  const words = evidence?.trimEnd().split("\n").at(-1);
  if (words === undefined) return error;
  return new MachinesError("FORK_FAILED", `${machine}: QEMU could not load its frozen state: ${words}`, {
    machine,
    evidence: evidence === undefined ? [] : [evidence],
    cause: error,
  });
}

/** A layer's files for the disks of a machine, as absolute paths. */
export function layerDisks(layer: Frozen, machine: string): Record<string, readonly string[]> {
  const disks = layer.facts.nodes[machine]?.disks ?? {};
  const absolute = Object.entries(disks).map(([serial, paths]) => [
    serial,
    paths.map((path) => join(layer.folder, path)),
  ]);
  return Object.fromEntries(absolute) as Record<string, readonly string[]>;
}
