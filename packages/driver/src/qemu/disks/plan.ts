import { MachinesError } from "@vitest-machines/host";
import type { BootFiles } from "@vitest-machines/images";
import type { NodePlan } from "../../topology/plan.ts";
import type { MachineFiles } from "../files.ts";
import { requireRoom } from "../../topology/disks.ts";
import { virtualSize } from "./virtual-size.ts";

/** A file that a disk's content comes from where its machine wrote nothing itself. Never written. */
export interface BackingFile {
  /** Absolute. */
  readonly path: string;
  readonly format: "raw" | "qcow2";
}

/** A disk of a machine: one file that it writes to, over files that it only reads. */
export interface DiskPlan {
  /** What the guest knows it by, at most 20 bytes. */
  readonly serial: string;
  /** The qcow2 file of its own. */
  readonly overlay: string;
  /** What the guest sees, a multiple of 512. */
  readonly sizeBytes: number;
  /** From top to bottom; empty for a disk that was empty at first. */
  readonly chain: readonly BackingFile[];
}

const bytesPerMiB = 1024 * 1024;

/** The serial of the image's disk. */
export const rootSerial = "root";

/**
 * The disks of a machine in the guest's order: the image's, then the declared ones.
 * @param layers qcow2 files between its own and the image's, from the top down, by serial
 * @throws BOOT_FAILED when the image's disk cannot be read; DECLARATION_INVALID when it is larger than what is declared
 */
export async function planDisks(
  node: Pick<NodePlan, "name" | "disks" | "diskMiB">,
  boot: BootFiles,
  files: Pick<MachineFiles, "disk">,
  layers: Readonly<Record<string, readonly string[]>> = {},
): Promise<DiskPlan[]> {
  const over = (serial: string, below: readonly BackingFile[]): BackingFile[] => {
    return [...(layers[serial] ?? []).map((path) => ({ path, format: "qcow2" as const })), ...below];
  };
  const extra = node.disks.map(({ serial, sizeMiB }): DiskPlan => {
    return { serial, overlay: files.disk(serial), sizeBytes: sizeMiB * bytesPerMiB, chain: over(serial, []) };
  });
  if (boot.disk === undefined) return extra;
  const sizeBytes = rootSize(await sizeOf(boot.disk, node.name), node);
  return [
    { serial: rootSerial, overlay: files.disk(rootSerial), sizeBytes, chain: over(rootSerial, [boot.disk]) },
    ...extra,
  ];
}

/** Not every image knows its size when it is declared, so it is compared here, too. */
function rootSize(imageBytes: number, { name, diskMiB }: Pick<NodePlan, "name" | "diskMiB">): number {
  if (diskMiB === undefined) return imageBytes;
  requireRoom(diskMiB, diskMiB, `nodes.${name}.disk`, Math.ceil(imageBytes / bytesPerMiB));
  return diskMiB * bytesPerMiB;
}

async function sizeOf(disk: BackingFile, machine: string): Promise<number> {
  try {
    return await virtualSize(disk);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MachinesError("BOOT_FAILED", `${machine}: its image's disk ${disk.path} cannot be used: ${reason}`, {
      machine,
      facts: { phase: "starting", disk: disk.path },
      cause: error,
    });
  }
}
