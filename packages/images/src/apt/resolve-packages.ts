import { MachinesError } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import type { AptRoot } from "./apt-root.ts";
import { nearestNames } from "./nearest-names.ts";

/** A package that an image is made of, exactly. */
export interface ResolvedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the `.deb` file. */
  readonly sha256: string;
}

/** What the index of an archive says of a package. */
export interface IndexedPackage extends ResolvedPackage {
  /** Of the `.deb` file. */
  readonly bytes: number;
  /** What its files take when it is installed. */
  readonly installedBytes: number;
}

/** Reads the lists of the archives. @throws MachinesError IMAGE_BUILD_FAILED when one cannot be had, or is not signed */
export async function updateLists(image: string, apt: AptRoot): Promise<void> {
  const updated = await apt.run("apt-get", ["update", "--error-on=any"]);
  if (updated.exitCode !== 0) throw explainBuildFailure(image, "apt-get update", updated.all, new Error("apt-get"));
}

/**
 * The packages that installing some on an empty system takes, all dependencies included, in the versions of the mirror.
 * @param asked names, or patterns of apt
 * @throws MachinesError IMAGE_BUILD_FAILED for a package that is not there (with the nearest names) or cannot be installed
 */
export async function resolvePackages(
  image: string,
  apt: AptRoot,
  asked: readonly string[],
): Promise<IndexedPackage[]> {
  const simulated = await apt.run("apt-get", ["--yes", "--simulate", "install", ...asked]);
  if (simulated.exitCode !== 0) throw await whyNot(image, apt, simulated.all);
  const wanted = chosenVersions(simulated.stdout);
  const shown = await apt.run("apt-cache", ["show", ...wanted.map(([name, version]) => `${name}=${version}`)]);
  if (shown.exitCode !== 0) throw explainBuildFailure(image, "apt-cache", shown.all, new Error("apt-cache"));
  return parseIndex(shown.stdout).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every version of some packages that the archives have. */
export async function knownVersions(apt: AptRoot, names: readonly string[]): Promise<IndexedPackage[]> {
  // It fails when one of them is not known at all, and shows the others all the same.
  return parseIndex((await apt.run("apt-cache", ["show", "--all-versions", ...names])).stdout);
}

/** Names and versions in what `apt-get --simulate install` prints: `Inst libc6 (2.36-9 Debian:12.1/stable [amd64])`. */
export function chosenVersions(simulation: string): [name: string, version: string][] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm)].map(([, name = "", version = ""]) => [
    name,
    version,
  ]);
}

/** The paragraphs of a package index. A version that several archives carry is taken once. */
export function parseIndex(text: string): IndexedPackage[] {
  const found = new Map<string, IndexedPackage>();
  for (const paragraph of text.split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, "m").exec(paragraph)?.[1]?.trim() ?? "";
    const [name, version] = [field("Package"), field("Version")];
    if (name === "" || found.has(`${name} ${version}`)) continue;
    found.set(`${name} ${version}`, {
      name,
      version,
      sha256: field("SHA256"),
      bytes: Number(field("Size")),
      installedBytes: Number(field("Installed-Size")) * 1024,
    });
  }
  return [...found.values()];
}

async function whyNot(image: string, apt: AptRoot, output: string): Promise<MachinesError> {
  const unknown = [...output.matchAll(/^E: (?:Unable to locate package (\S+)|Package '([^']+)' has no install)/gm)].map(
    ([, absent, virtual]) => absent ?? virtual ?? "",
  );
  if (unknown.length === 0) return explainBuildFailure(image, "apt-get", output, new Error("apt-get"));
  const names = (await apt.run("apt-cache", ["pkgnames"])).stdout.split("\n");
  const advice = unknown.map((name) => {
    const near = nearestNames(name, names);
    return near.length === 0 ? `Nothing is called like ${name}.` : `For ${name} there are: ${near.join(", ")}.`;
  });
  const which = unknown.length === 1 ? "no package" : "no packages";
  return new MachinesError(
    "IMAGE_BUILD_FAILED",
    `cannot build the ${image} image: there is ${which} ${unknown.join(", ")}`,
    {
      facts: { packages: unknown.join(" ") },
      hint: [...advice, "Only Debian's `main` component is searched."].join("\n"),
    },
  );
}
