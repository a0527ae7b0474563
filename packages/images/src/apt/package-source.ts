import { join } from "node:path";
import { requireRoom } from "../build/room.ts";
import { AptRoot } from "./apt-root.ts";
import { archiveSources } from "./archive-sources.ts";
import { readHostSources } from "./host-apt.ts";
import { updateLists } from "./resolve-packages.ts";
import type { DebianRelease } from "./suite.ts";

export interface PackageSourceOptions {
  /** What is built, for messages. */
  readonly image: string;
  readonly release: DebianRelease;
  /** Default: the mirrors that the host uses. */
  readonly mirror?: string | undefined;
  /** A folder for what apt reads. */
  readonly folder: string;
  /** Where downloaded packages are kept between builds. */
  readonly archives: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (phase: string, fraction?: number) => void;
  readonly onNotice: (text: string) => void;
}

/** The lines of a `sources.list` that packages of a release come from. */
export function sourceLines({ release, mirror }: Pick<PackageSourceOptions, "release" | "mirror">): string[] {
  return archiveSources(release, readHostSources(), mirror);
}

/** An apt that has read the lists of a release. @throws MachinesError IMAGE_BUILD_FAILED */
export async function openApt(options: PackageSourceOptions): Promise<AptRoot> {
  const { image, folder, archives, signal, onProgress } = options;
  await requireRoom(image, folder, listBytes);
  onProgress("reading package lists");
  const apt = await AptRoot.create({ folder: join(folder, "apt"), sources: sourceLines(options), archives, signal });
  await updateLists(image, apt);
  return apt;
}

/** What the lists of Debian's `main` take, and apt's cache of them, generously. */
const listBytes = 150e6;
