import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MachinesError, sha256OfFile, withLock } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import { linkOrCopy } from "../build/link-or-copy.ts";
import type { AptRoot } from "./apt-root.ts";
import type { IndexedPackage } from "./resolve-packages.ts";

export interface DownloadRequest {
  readonly image: string;
  readonly apt: AptRoot;
  readonly packages: readonly IndexedPackage[];
  /** The folder that `apt` downloads to. What is there is not downloaded again; an interrupted download goes on. */
  readonly archives: string;
  /** Empty folder, in which they become an archive that apt can install from. */
  readonly repository: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were downloaded, of those that had to be. */
  readonly onProgress: (bytes: number, total: number) => void;
  readonly onWait: () => void;
}

/**
 * Downloads packages, checks them against the signed index, and makes an archive of just these: what is installed from it
 * cannot be anything else, and needs no network.
 * @throws MachinesError IMAGE_BUILD_FAILED
 */
export async function downloadPackages(request: DownloadRequest): Promise<void> {
  const { archives, repository, packages, signal, onWait } = request;
  await mkdir(repository, { recursive: true });
  await withLock(
    join(archives, "download.lock"),
    async () => {
      await download(request);
      const files = new Map((await readdir(archives)).flatMap((file) => fileEntry(file)));
      for (const { name, version, sha256 } of packages) {
        const file = files.get(`${name} ${version}`);
        if (file === undefined) throw missing(request.image, `apt did not download ${name} ${version}`);
        const path = join(archives, file);
        if ((await sha256OfFile(path)) !== sha256) throw missing(request.image, `${path} is not what its index says`);
        await linkOrCopy(path, join(repository, debName(name)));
      }
    },
    { signal, onWait },
  );
  await writeFile(join(repository, "Packages"), packages.map(localParagraph).join("\n"));
}

/** How much more must have come until it is told again, in percent. */
const toldPercent = 10;

async function download({ image, apt, packages, onProgress }: DownloadRequest): Promise<void> {
  const total = packages.reduce((sum, { bytes }) => sum + bytes, 0);
  onProgress(0, total);
  const chosen = packages.map(({ name, version }) => `${name}=${version}`);
  let told = 0;
  const onLine = (line: string): void => {
    // dlstatus:3:12.34:Retrieving file 3 of 120 (5s remaining)
    const [, percent] = /^dlstatus:\d+:([\d.]+):/.exec(line) ?? [];
    // apt says so for every packet.
    if (percent === undefined || Number(percent) < told + toldPercent) return;
    told = Number(percent);
    onProgress((total * told) / 100, total);
  };
  const argv = ["--yes", "--download-only", "-o", "APT::Status-Fd=1", "install", ...chosen];
  const { exitCode, all } = await apt.run("apt-get", argv, onLine);
  if (exitCode !== 0) throw explainBuildFailure(image, "apt-get", all, new Error("apt-get"));
}

/** `passwd_1%3a4.13_amd64.deb` is version 1:4.13 of passwd. */
function fileEntry(file: string): [string, string][] {
  const [, name, version] = /^([^_]+)_([^_]+)_[^_]+\.deb$/.exec(file) ?? [];
  return name === undefined || version === undefined ? [] : [[`${name} ${decodeURIComponent(version)}`, file]];
}

function debName(name: string): string {
  return `${name}.deb`;
}

/** What the index of an archive says of a package whose file lies beside it. */
function localParagraph({ name, paragraph }: IndexedPackage): string {
  return `${paragraph.replace(/^Filename:.*$/m, `Filename: ./${debName(name)}`)}\n`;
}

function missing(image: string, what: string): MachinesError {
  return new MachinesError("IMAGE_BUILD_FAILED", `cannot build the ${image} image: ${what}`);
}
