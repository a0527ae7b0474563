import { statfs } from "node:fs/promises";
import { cacheFolder, leaseFolderBases } from "@vitest-machines/host";
import type { Finding } from "../finding.ts";

/** Downloaded packages, what is unpacked from them, and the image itself. */
const neededForImageMiB = 500;
/** Sockets, logs and the memory of one tiny machine. */
const neededForRunsMiB = 200;
const comfortableMiB = 2_048;
const cacheVariable = "VITEST_MACHINES_CACHE";

/** Room where images are kept, and where machines run: the one of several places that has most. */
export async function checkDisk(imageIsBuilt: boolean): Promise<Finding[]> {
  const cache = room("disk.cache", "cache folder", cacheFolder(), imageIsBuilt ? 0 : neededForImageMiB, cacheVariable);
  const places = await Promise.all(
    leaseFolderBases().map((path) =>
      room("disk.runtime", "runtime folder", path, neededForRunsMiB, "VITEST_MACHINES_RUNTIME"),
    ),
  );
  places.sort((a, b) => b.facts.freeMiB - a.facts.freeMiB);
  return [await cache, ...places.slice(0, 1)];
}

type Room = Finding & { readonly facts: { readonly path: string; readonly freeMiB: number } };

async function room(id: string, title: string, path: string, needed: number, variable: string): Promise<Room> {
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
