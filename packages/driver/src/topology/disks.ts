import { invalid, toMebibytes } from "@vitest-machines/host";
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

function parseSize(value: unknown, path: string): number {
  const mebibytes = toMebibytes(value);
  if (mebibytes === undefined) throw invalid({ path, value, reason: "is not the size of a disk", valid: validSize });
  if (mebibytes < 1 || mebibytes > largestMiB) {
    throw invalid({ path, value, reason: `is too ${mebibytes < 1 ? "small" : "large"} for a disk`, valid: validSize });
  }
  return mebibytes;
}
