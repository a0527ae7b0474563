import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MachinesError, withLock } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import { linkOrCopy } from "../build/link-or-copy.ts";
import type { AptRoot } from "./apt-root.ts";
import { storedPackages } from "./package-store.ts";
import type { IndexedPackage, ResolvedPackage } from "./resolve-packages.ts";

export interface DownloadRequest {
  readonly image: string;
  readonly packages: readonly ResolvedPackage[];
  /** The folder that `apt` downloads to. What is there is not downloaded again. */
  readonly archives: string;
  /** A folder that gets the packages as `NAME.deb`. */
  readonly target: string;
  /** Asked only when something must be downloaded: an apt that has read its lists, and what it knows of the packages. */
  readonly index: (missing: readonly ResolvedPackage[]) => Promise<{ apt: AptRoot; known: readonly IndexedPackage[] }>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were downloaded, of those that had to be. */
  readonly onProgress: (bytes: number, total: number) => void;
  readonly onNotice: (text: string) => void;
}

/**
 * Puts packages into a folder, from those that were downloaded before or from the mirror. Each is what its digest says.
 * @throws MachinesError IMAGE_BUILD_FAILED
 */
export async function downloadPackages(request: DownloadRequest): Promise<void> {
  const { archives, target, packages, signal, image, onNotice } = request;
  await mkdir(target, { recursive: true });
  await mkdir(join(archives, "partial"), { recursive: true });
  await withLock(
    join(archives, "download.lock"),
    async () => {
      const before = await storedPackages(archives, packages, (path) =>
        onNotice(`${path} was altered; downloading it again`),
      );
      const files = new Map(before.files);
      if (before.missing.length > 0) {
        await download(request, before.missing);
        const after = await storedPackages(archives, before.missing, (path) => {
          throw failed(image, `${path} was downloaded, and is not what the archive's index says`);
        });
        const [absent] = after.missing;
        if (absent !== undefined) throw failed(image, `apt did not download ${absent.name} ${absent.version}`);
        for (const [name, path] of after.files) files.set(name, path);
      }
      for (const [name, path] of files) await linkOrCopy(path, join(target, `${name}.deb`));
    },
    { signal, onWait: () => onNotice("waiting for another process that is downloading packages") },
  );
}

/** How much more must have come until it is told again, in percent. */
const toldPercent = 10;

async function download(
  { image, index, onProgress }: DownloadRequest,
  missing: readonly ResolvedPackage[],
): Promise<void> {
  const { apt, known } = await index(missing);
  const isMissing = new Set(missing.map(({ name }) => name));
  const total = known.reduce((sum, { name, bytes }) => sum + (isMissing.has(name) ? bytes : 0), 0);
  onProgress(0, total);
  let told = 0;
  const onLine = (line: string): void => {
    // dlstatus:3:12.34:Retrieving file 3 of 120 (5s remaining)
    const [, percent] = /^dlstatus:\d+:([\d.]+):/.exec(line) ?? [];
    // apt says so for every packet.
    if (percent === undefined || Number(percent) < told + toldPercent) return;
    told = Number(percent);
    onProgress((total * told) / 100, total);
  };
  const chosen = missing.map(({ name, version }) => `${name}=${version}`);
  const argv = ["-o", "APT::Status-Fd=1", "download", ...chosen];
  const { exitCode, all } = await apt.run("apt-get", argv, onLine);
  if (exitCode !== 0) throw explainBuildFailure(image, "apt-get", all, new Error("apt-get"));
}

function failed(image: string, what: string): MachinesError {
  return new MachinesError("IMAGE_BUILD_FAILED", `cannot build the ${image} image: ${what}`);
}
