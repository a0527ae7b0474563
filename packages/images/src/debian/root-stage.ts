import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, requireTool, type BuildResult, type Stage } from "@vitest-machines/host";
import { versionsOf } from "../apt/extract-packages.ts";
import { makeLocalArchive } from "../apt/local-archive.ts";
import { sourceLines } from "../apt/package-source.ts";
import { providePackages } from "../apt/provide-packages.ts";
import type { ResolvedPackage } from "../apt/resolve-packages.ts";
import type { DebianRelease } from "../apt/suite.ts";
import { requireNamespaces, runInNamespace } from "../build/in-namespace.ts";
import type { PrepareOptions } from "../image.ts";
import { lockedInputs } from "../lock/locked-inputs.ts";
import { buildEpoch } from "./epoch.ts";
import { askedForSystem, systemPackages } from "../apt/package-sets.ts";
import type { DebianSpec } from "./spec.ts";

/** To be raised when this stage makes something else of the same packages. */
const builderVersion = "2";

const script = fileURLToPath(new URL("../../guest/debian/build-root", import.meta.url));

export interface RootStageOptions {
  readonly spec: DebianSpec;
  /** Exactly these packages. Default: what the mirror has now. */
  readonly locked?: readonly ResolvedPackage[] | undefined;
  /** Where downloaded packages are kept between builds. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (phase: string, fraction?: number) => void;
  readonly onNotice: NonNullable<PrepareOptions["onNotice"]>;
}

/** The part of an image that comes from the network: `root.tar.zst`, a system with its packages installed. */
export function rootStage({ spec, locked, archives, signal, onProgress, onNotice }: RootStageOptions): Stage {
  const { release, mirror } = spec;
  const packages = systemPackages(spec.packages);
  const builder = readFileSync(script, "utf8");
  const made = { builderVersion, builder, packages: packages.join(" "), mirror: mirror ?? "" };
  const key = digestOf({ ...made, ...lockedInputs(locked) });
  return {
    name: `debian-packages-${release}-${key.slice(0, 12)}`,
    async build(folder): Promise<BuildResult> {
      requireNamespaces("debian");
      const source = { image: "debian", release, mirror, archives, folder, signal, onProgress, onNotice };
      const provided = await providePackages({ ...source, asked: askedForSystem(spec.packages), locked });
      await install({
        folder,
        archive: provided.folder,
        release,
        // Each by its name: which of them are required is the index's word on a mirror, and the package's own in a folder.
        packages: provided.packages.map(({ name }) => name),
        sources: sourceLines(source),
        signal,
        onProgress,
      });
      return {
        files: ["root.tar.zst"],
        facts: { release, packages: spec.packages.join(" ") },
        packages: versionsOf(provided.packages),
      };
    },
  };
}

interface Installation {
  readonly folder: string;
  /** A folder of `.deb` files. */
  readonly archive: string;
  readonly release: DebianRelease;
  readonly packages: readonly string[];
  readonly sources: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (phase: string) => void;
}

async function install({
  folder,
  archive,
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
  const uri = await makeLocalArchive(archive, release);
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
    env: { TMPDIR: join(folder, "temporary"), SOURCE_DATE_EPOCH: buildEpoch },
    signal,
    onLine: (line) => {
      const phase = phases.find(([pattern]) => pattern.test(line));
      if (phase !== undefined) onProgress(phase[1]);
    },
  });
}
