import { readFileSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, requireTool, sha256OfFile, type BuildResult, type Stage } from "@vitest-machines/host";
import { AptRoot } from "../apt/apt-root.ts";
import { archiveSources } from "../apt/archive-sources.ts";
import { downloadPackages } from "../apt/download-packages.ts";
import { readHostSources } from "../apt/host-apt.ts";
import { resolvePackages } from "../apt/resolve-packages.ts";
import { requireNamespaces, runInNamespace } from "../build/in-namespace.ts";
import type { PrepareOptions } from "../image.ts";
import type { DebianSpec } from "./spec.ts";

/** To be raised when this stage makes something else of the same packages. */
const builderVersion = "1";

/** What every image has beside Debian's essential packages: systemd with its sessions, devices, modules and the network. */
const basePackages = [
  "systemd",
  "systemd-sysv",
  "libpam-systemd",
  "dbus",
  "udev",
  "kmod",
  "iproute2",
  "iputils-ping",
].concat(["netbase", "procps", "less"]);

const script = fileURLToPath(new URL("../../guest/debian/build-root", import.meta.url));

export interface RootStageOptions {
  readonly spec: DebianSpec;
  /** Where downloaded packages are kept between builds. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (phase: string, fraction?: number) => void;
  readonly onNotice: NonNullable<PrepareOptions["onNotice"]>;
}

/** The part of an image that comes from the network: `root.tar.zst`, a system with its packages installed. */
export function rootStage({ spec, archives, signal, onProgress, onNotice }: RootStageOptions): Stage {
  const { release, mirror } = spec;
  const packages = [...new Set([...basePackages, ...spec.packages])].sort();
  const builder = readFileSync(script, "utf8");
  const key = digestOf({ builderVersion, builder, packages: packages.join(" "), mirror: mirror ?? "" });
  return {
    name: `debian-packages-${release}-${key.slice(0, 12)}`,
    async build(folder): Promise<BuildResult> {
      requireNamespaces("debian");
      onProgress("reading package lists");
      const sources = archiveSources(release, readHostSources(), mirror);
      const apt = await AptRoot.create({ folder: join(folder, "apt"), sources, archives, signal });
      const resolved = await resolvePackages("debian", apt, packages);
      const repository = join(folder, "repository");
      await downloadPackages({
        image: "debian",
        apt,
        packages: resolved,
        archives,
        repository,
        signal,
        onProgress: (bytes, total) =>
          onProgress(`downloading packages, ${toMB(bytes)} of ${toMB(total)} MB`, total === 0 ? 1 : bytes / total),
        onWait: () => onNotice("waiting for another process that is downloading packages"),
      });
      await describeRepository(repository, release);
      await install({ folder, repository, release, packages, sources, signal, onProgress });
      return {
        files: ["root.tar.zst"],
        facts: { release, packages: spec.packages.join(" ") },
        packages: Object.fromEntries(resolved.map(({ name, version }) => [name, version])),
      };
    },
  };
}

interface Installation {
  readonly folder: string;
  readonly repository: string;
  readonly release: string;
  readonly packages: readonly string[];
  readonly sources: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (phase: string) => void;
}

async function install({
  folder,
  repository,
  release,
  packages,
  sources,
  signal,
  onProgress,
}: Installation): Promise<void> {
  for (const tool of ["mmdebstrap", "zstd", "tar"] as const) requireTool(tool, "building the debian image");
  const guestSources = join(folder, "sources.list");
  // The keyring is at the same place there, and a proxy of the host is nothing to the guest.
  await writeFile(guestSources, sources.map((line) => `${line}\n`).join(""));
  await mkdir(join(folder, "temporary"));
  const uri = `copy:${repository.split("/").map(encodeURIComponent).join("/")}`;
  const phases: readonly (readonly [RegExp, string])[] = [
    [/^I: extracting archives/, "unpacking packages"],
    [/^I: installing essential/, "installing essential packages"],
    [/^I: installing remaining/, "installing packages"],
    [/^I: creating tarball/, "packing the system"],
  ];
  await runInNamespace({
    image: "debian",
    argv: [script, uri, release, packages.join(","), join(folder, "root.tar.zst"), guestSources],
    folder,
    // Times of files are cut off here, so that the same packages make the same system.
    env: { TMPDIR: join(folder, "temporary"), SOURCE_DATE_EPOCH: "1700000000" },
    signal,
    onLine: (line) => {
      const phase = phases.find(([pattern]) => pattern.test(line));
      if (phase !== undefined) onProgress(phase[1]);
    },
  });
}

/** What mmdebstrap selects packages by, and apt checks the index with. */
async function describeRepository(repository: string, release: string): Promise<void> {
  const { size } = await stat(join(repository, "Packages"));
  const digest = await sha256OfFile(join(repository, "Packages"));
  const lines = [
    "Origin: Debian",
    "Label: Debian",
    `Suite: ${release}`,
    `Codename: ${release}`,
    "Architectures: amd64",
    "Components: main",
    "SHA256:",
    ` ${digest} ${size} Packages`,
    "",
  ];
  await writeFile(join(repository, "Release"), lines.join("\n"));
}

function toMB(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
