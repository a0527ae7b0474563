import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { requireTool } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import { debianSources } from "./debian-sources.ts";
import { readHostSources, readHostTransport } from "./host-apt.ts";

export interface ExtractRequest {
  /** What is built of them, for messages. */
  readonly image: string;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Empty folder for the packages' files and everything temporary. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  readonly onPhase: (phase: string) => void;
}

export interface Extracted {
  readonly root: string;
  /** Versions by package, dependencies included. */
  readonly packages: Readonly<Record<string, string>>;
}

/** What mmdebstrap says about its steps, in our words. */
const phases: readonly (readonly [RegExp, string])[] = [
  [/^I: running apt-get update/, "reading package lists"],
  [/^I: downloading packages/, "downloading packages"],
  [/^I: extracting archives/, "unpacking packages"],
];

/**
 * Downloads packages, checks their signatures and unpacks their files, without installing anything.
 *
 * The chrootless mode needs neither root nor sub-uids; mmdebstrap warns against it because maintainer scripts would run
 * on the host, but the extract variant runs none.
 * @throws MachinesError IMAGE_BUILD_FAILED with the end of mmdebstrap's output
 */
export async function extractPackages(request: ExtractRequest): Promise<Extracted> {
  const mmdebstrap = requireTool("mmdebstrap", `building the ${request.image} image`);
  const setpriv = requireTool("setpriv", `building the ${request.image} image`);
  const root = join(request.folder, "root");
  const temporary = join(request.folder, "temporary");
  await mkdir(temporary);
  const argv = [
    "--mode=chrootless",
    "--variant=extract",
    "--format=directory",
    "--architectures=amd64",
    `--include=${request.packages.join(",")}`,
    ...(await readHostTransport()).map((line) => `--aptopt=${line}`),
    // The names of the downloaded files carry the versions; they are deleted after this hook.
    '--extract-hook=ls "$1/var/cache/apt/archives" > "$1/archives.list"',
    request.suite,
    root,
    ...debianSources(readHostSources(), request.suite),
  ];
  // Loaded here, because it takes 90 ms or more, and every test file that boots a machine loads this package.
  const { execa, ExecaError } = await import("execa");
  // mmdebstrap ends its own children on SIGTERM, so that a build whose process was killed ends within seconds, too.
  const child = execa(setpriv, ["--pdeathsig", "TERM", "--", mmdebstrap, ...argv], {
    stdin: "ignore",
    all: true,
    env: { TMPDIR: temporary, LC_ALL: "C.UTF-8" },
    forceKillAfterDelay: 5_000,
    ...(request.signal && { cancelSignal: request.signal }),
  });
  const output: string[] = [];
  try {
    for await (const line of child.iterable({ from: "all" })) {
      output.push(line);
      const phase = phases.find(([pattern]) => pattern.test(line));
      if (phase !== undefined) request.onPhase(phase[1]);
    }
    await child;
  } catch (error) {
    if (error instanceof ExecaError && !request.signal?.aborted)
      throw explainBuildFailure(request.image, "mmdebstrap", output.join("\n"), error);
    throw error;
  }
  return { root, packages: versionsOf(await readFile(join(root, "archives.list"), "utf8")) };
}

/** Versions by package from archive names such as `passwd_1%3a4.13+dfsg1-1_amd64.deb`. */
export function versionsOf(archives: string): Record<string, string> {
  const names = [...archives.matchAll(/^([^_\n]+)_([^_\n]+)_[^_\n]+\.deb$/gm)];
  return Object.fromEntries(names.map(([, name = "", version = ""]) => [name, decodeURIComponent(version)]));
}
