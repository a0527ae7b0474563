import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { requireTool } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import { providePackages, type PackageRequest } from "./provide-packages.ts";

export interface Extracted {
  readonly root: string;
  /** Versions by package. */
  readonly packages: Readonly<Record<string, string>>;
}

/**
 * Unpacks the files of packages without installing anything, so that it needs neither root nor sub-uids.
 * @throws MachinesError IMAGE_BUILD_FAILED, IMAGE_LOCK_FAILED
 */
export async function extractPackages(request: PackageRequest): Promise<Extracted> {
  const { image, signal, onProgress } = request;
  const { packages, folder } = await providePackages(request);
  const root = join(request.folder, "root");
  await mkdir(root);
  onProgress("unpacking packages");
  const setpriv = requireTool("setpriv", `building the ${image} image`);
  // Loaded here, because it takes 90 ms or more, and every test file that boots a machine loads this package.
  const { execa } = await import("execa");
  for (const { name } of packages) {
    const argv = ["--pdeathsig", "KILL", "--", "dpkg-deb", "--extract", join(folder, `${name}.deb`), root];
    const { exitCode, all } = await execa(setpriv, argv, {
      stdin: "ignore",
      all: true,
      reject: false,
      env: { LC_ALL: "C.UTF-8" },
      ...(signal && { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (exitCode !== 0) throw explainBuildFailure(image, "dpkg-deb", all, new Error("dpkg-deb"));
  }
  return { root, packages: versionsOf(packages) };
}

/** Versions by name, as manifests have them. */
export function versionsOf(packages: readonly { name: string; version: string }[]): Record<string, string> {
  return Object.fromEntries(packages.map(({ name, version }) => [name, version]));
}
