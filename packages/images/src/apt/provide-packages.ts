import { join } from "node:path";
import { requireRoom, toMB } from "../build/room.ts";
import { downloadPackages } from "./download-packages.ts";
import { checkAvailable } from "./match-locked.ts";
import { openApt, type PackageSourceOptions } from "./package-source.ts";
import { resolvePackages, type ResolvedPackage } from "./resolve-packages.ts";

export interface PackageRequest extends PackageSourceOptions {
  /** What apt is asked for: names, or patterns of it. */
  readonly asked: readonly string[];
  /** Which of all packages that are resolved are needed. Default: all. */
  readonly isNeeded?: ((name: string) => boolean) | undefined;
  /** Exactly these instead of what the mirror has now: then nothing is resolved. */
  readonly locked?: readonly ResolvedPackage[] | undefined;
}

export interface ProvidedPackages {
  readonly packages: readonly ResolvedPackage[];
  /** Holds them as `NAME.deb`. */
  readonly folder: string;
}

/**
 * Brings packages into a folder, in the versions that are locked or that the mirror has now. What was downloaded before is
 * taken from there; when that is everything that is locked, no network is needed.
 * @throws MachinesError IMAGE_BUILD_FAILED; IMAGE_LOCK_FAILED when the mirror no longer has what is locked
 */
export async function providePackages(request: PackageRequest): Promise<ProvidedPackages> {
  const { image, asked, isNeeded, locked, archives, signal, onProgress, onNotice } = request;
  const folder = join(request.folder, "packages");
  const apt = locked === undefined ? await openApt(request) : undefined;
  const resolved = apt && (await resolvePackages(image, apt, asked)).filter(({ name }) => isNeeded?.(name) ?? true);
  const packages = locked ?? resolved ?? [];
  if (resolved)
    await requireRoom(
      image,
      request.folder,
      resolved.reduce((sum, { bytes, installedBytes }) => sum + bytes + unpackedBytes(installedBytes), 0),
    );
  await downloadPackages({
    ...{ image, packages, archives, target: folder, signal, onNotice },
    index: async (missing) => {
      if (apt && resolved) return { apt, known: resolved };
      const opened = await openApt(request);
      return { apt: opened, known: await checkAvailable(opened, missing) };
    },
    onProgress: (bytes, total) =>
      onProgress(`downloading packages, ${toMB(bytes)} of ${toMB(total)} MB`, total === 0 ? 1 : bytes / total),
  });
  return { packages, folder };
}

/** What is unpacked, and packed again. */
function unpackedBytes(installed: number): number {
  return installed * 1.5;
}
