import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requireTool } from "@vitest-machines/host";
import { readHostTransport } from "./host-apt.ts";

export interface AptRootOptions {
  /** Absolute path of an empty folder. */
  readonly folder: string;
  /** Lines of a `sources.list`. */
  readonly sources: readonly string[];
  /** Where downloaded packages are kept; it may be one that other apts share, under a lock. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
}

/** What a program of apt printed, and how it ended. */
export interface AptOutput {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly all: string;
}

/**
 * An apt of our own, with nothing installed: it needs no root, knows nothing of the host's packages, and checks signatures
 * as the host's does. What it resolves is therefore what a fresh system would get.
 */
export class AptRoot {
  readonly #options: AptRootOptions;

  private constructor(options: AptRootOptions) {
    this.#options = options;
  }

  static async create(options: AptRootOptions): Promise<AptRoot> {
    const { folder, archives, sources } = options;
    const folders = ["etc/apt.conf.d", "etc/preferences.d", "etc/trusted.gpg.d", "lists/partial", "cache"];
    await Promise.all(folders.map((path) => mkdir(join(folder, path), { recursive: true })));
    await mkdir(join(archives, "partial"), { recursive: true });
    await writeFile(join(folder, "status"), "");
    await writeFile(join(folder, "etc/sources.list"), sources.map((line) => `${line}\n`).join(""));
    await writeFile(join(folder, "apt.conf"), configuration(options, await readHostTransport()));
    return new AptRoot(options);
  }

  /** Runs `apt-get` or `apt-cache`. Its exit code is the caller's to look at. @throws MachinesError TOOL_MISSING */
  async run(
    program: "apt-get" | "apt-cache",
    argv: readonly string[],
    onLine?: (line: string) => void,
  ): Promise<AptOutput> {
    const { folder, archives, signal } = this.#options;
    // It belongs to the package without which mmdebstrap cannot be installed.
    requireTool("mmdebstrap", "building Debian images");
    const setpriv = requireTool("setpriv", "building Debian images");
    const { execa } = await import("execa");
    // It ends with this process, however that ends, and what it has downloaded by then stays.
    const child = execa(setpriv, ["--pdeathsig", "TERM", "--", program, ...argv], {
      // Where `apt-get download` puts what it fetches.
      cwd: archives,
      stdin: "ignore",
      all: true,
      reject: false,
      maxBuffer: 200_000_000,
      env: { APT_CONFIG: join(folder, "apt.conf"), LC_ALL: "C.UTF-8" },
      forceKillAfterDelay: 5_000,
      ...(signal && { cancelSignal: signal }),
    });
    if (onLine !== undefined) for await (const line of child.iterable({ from: "all" })) onLine(line);
    const { exitCode = 1, stdout, all } = await child;
    signal?.throwIfAborted();
    return { exitCode, stdout, all };
  }
}

/** The main configuration file is read before the host's folder of parts would be, which `Dir` then turns away. */
function configuration({ folder, archives }: AptRootOptions, transport: readonly string[]): string {
  const path = (name: string): string => JSON.stringify(join(folder, name));
  return [
    `Dir ${JSON.stringify(folder)};`,
    `Dir::Etc ${path("etc")};`,
    `Dir::Etc::sourcelist ${path("etc/sources.list")};`,
    `Dir::State ${JSON.stringify(folder)};`,
    `Dir::State::lists ${path("lists")};`,
    `Dir::State::status ${path("status")};`,
    `Dir::Cache ${path("cache")};`,
    `Dir::Cache::archives ${JSON.stringify(archives)};`,
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; };',
    'APT::Install-Recommends "false";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    // It would look for the user `_apt`, who cannot read a private cache folder.
    'APT::Sandbox::User "root";',
    ...transport,
    "",
  ].join("\n");
}
