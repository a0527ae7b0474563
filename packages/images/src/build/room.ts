import { statfs } from "node:fs/promises";
import { MachinesError } from "@vitest-machines/host";

/**
 * Finds out before something large is written whether there is room for it.
 * @param bytes an estimate
 * @throws MachinesError IMAGE_BUILD_FAILED with the place, what it has and what is needed
 */
export async function requireRoom(image: string, folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new MachinesError(
    "IMAGE_BUILD_FAILED",
    `cannot build the ${image} image: ${folder} has ${toMB(free)} MB free, and about ${toMB(bytes)} MB are needed`,
    { facts: { folder, freeBytes: free, neededBytes: bytes }, hint: roomAdvice },
  );
}

/** What to do when there is too little room in the cache folder. */
export const roomAdvice =
  "Free some (npx vitest-machines images prune, npx vitest-machines layers prune), or point VITEST_MACHINES_CACHE elsewhere.";

export function toMB(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
