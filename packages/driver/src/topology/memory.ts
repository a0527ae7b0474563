import { invalid, toMebibytes } from "@vitest-machines/host";

/** Less does not hold a Linux kernel and its initramfs. */
const smallestMiB = 48;
/** More than any host that runs tests has; a larger number is bytes or KiB by mistake. */
const largestMiB = 1024 * 1024;
const validMemory = `"512M", "1G" or a number of MiB, from ${smallestMiB} MiB to 1 TiB`;

/** `"512M"`, `"1.5G"` or a number of MiB, as MiB. @throws MachinesError DECLARATION_INVALID */
export function parseMemory(value: unknown, path: string): number {
  const mebibytes = toMebibytes(value);
  if (mebibytes === undefined) {
    throw invalid({ path, value, reason: "is not an amount of memory", valid: validMemory });
  }
  if (mebibytes < smallestMiB || mebibytes > largestMiB) {
    const reason = `is ${mebibytes < smallestMiB ? "too small to boot" : "more than any host has"}`;
    throw invalid({ path, value, reason, valid: validMemory });
  }
  return mebibytes;
}
