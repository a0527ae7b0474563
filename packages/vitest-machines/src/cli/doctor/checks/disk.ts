import { statfs } from "node:fs/promises";
import { cacheFolder, runtimeFolder } from "@vitest-machines/host";
import type { Finding } from "../finding.ts";

/** Downloaded packages, what is unpacked from them, and the image itself. */
const neededForImageMiB = 500;
/** Sockets and logs of a run, and the blocks that machines with a disk change. */
const neededForRunsMiB = 100;
const comfortableMiB = 2_048;

/** Room where images are kept, and where machines run. */
export async function checkDisk(imageIsBuilt: boolean): Promise<Finding[]> {
  return Promise.all([
    room("disk.cache", "cache folder", cacheFolder(), imageIsBuilt ? 0 : neededForImageMiB, "VITEST_MACHINES_CACHE"),
    room("disk.runtime", "runtime folder", runtimeFolder(), neededForRunsMiB, "XDG_RUNTIME_DIR or TMPDIR"),
  ]);
}

async function room(id: string, title: string, path: string, needed: number, variable: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(path);
  const freeMiB = Math.floor((bavail * bsize) / 1024 ** 2);
  return {
    id,
    title,
    status: freeMiB < needed ? "fail" : freeMiB < comfortableMiB ? "warn" : "ok",
    detail: `${freeMiB} MiB free  ${path}`,
    fix: `Free some space, or set ${variable} to a folder that has more.`,
    facts: { path, freeMiB },
  };
}
