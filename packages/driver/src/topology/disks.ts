import { invalid, toMebibytes } from "@vitest-machines/host";
import type { Image } from "@vitest-machines/images";
import type { ExtraDisk } from "./plan.ts";

const largestMiB = 1024 * 1024;
const validSize = '"64M", "1G" or a number of MiB, from 1 MiB to 1 TiB';

/** The empty disks of a machine, from their sizes. @throws MachinesError DECLARATION_INVALID */
export function parseDisks(value: unknown, path: string): readonly ExtraDisk[] {
  if (!Array.isArray(value)) {
    const valid = 'a list of sizes such as ["64M", "1G"]; [] for none';
    throw invalid({ path, value, reason: "is not a list of disk sizes", valid });
  }
  return value.map((size: unknown, index) => ({
    serial: `disk${index + 1}`,
    sizeMiB: parseSize(size, `${path}[${index}]`),
  }));
}

/**
 * The size of an image's own disk for one machine, in MiB.
 * @param machine the path of the machine, because the size may be a default
 * @throws MachinesError DECLARATION_INVALID
 */
export function parseRootDisk(value: unknown, path: string, image: Image, machine: string): number {
  const mebibytes = parseSize(value, path);
  const { name, disk } = image;
  if (disk === undefined) {
    const reason = `is the size of a disk, and the image of ${machine}, ${name}, has none`;
    throw invalid({ path, value, reason, valid: "an image with a disk, such as debian(); `disks` adds empty ones" });
  }
  if (disk.sizeMiB !== undefined) requireRoom(value, mebibytes, path, disk.sizeMiB);
  return mebibytes;
}

/** Checks that a disk holds what is in a smaller one. @throws MachinesError DECLARATION_INVALID naming both sizes */
export function requireRoom(value: unknown, mebibytes: number, path: string, leastMiB: number): void {
  if (mebibytes >= leastMiB) return;
  const reason = `is smaller than the image's disk, which has ${leastMiB} MiB`;
  throw invalid({ path, value, reason, valid: `${leastMiB} MiB or more, and a smaller image for less` });
}

function parseSize(value: unknown, path: string): number {
  const mebibytes = toMebibytes(value);
  if (mebibytes === undefined) throw invalid({ path, value, reason: "is not the size of a disk", valid: validSize });
  if (mebibytes < 1 || mebibytes > largestMiB) {
    throw invalid({ path, value, reason: `is too ${mebibytes < 1 ? "small" : "large"} for a disk`, valid: validSize });
  }
  return mebibytes;
}
