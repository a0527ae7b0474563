import { MachinesError } from "@vitest-machines/host";
import { explainBuildFailure } from "../build/build-failure.ts";
import type { AptRoot } from "./apt-root.ts";
import { nearestNames } from "./nearest-names.ts";

/** A package that an image is made of, exactly. */
export interface ResolvedPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Of the `.deb` file. */
  readonly bytes: number;
}

/** A resolved package, with what apt's index says of it. */
export interface IndexedPackage extends ResolvedPackage {
  /** Its whole paragraph in the index. */
  readonly paragraph: string;
}

/** What every Debian system has, in the words of apt. */
const always = ["?essential", "?priority(required)", "apt"];

/**
 * The packages that installing some on a minimal system takes, all dependencies included, in the versions of the mirror.
 * @throws MachinesError IMAGE_BUILD_FAILED for a package that is not there (with the nearest names) or cannot be installed
 */
export async function resolvePackages(
  image: string,
  apt: AptRoot,
  packages: readonly string[],
): Promise<IndexedPackage[]> {
  const updated = await apt.run("apt-get", ["update", "--error-on=any"]);
  if (updated.exitCode !== 0) throw explainBuildFailure(image, "apt-get update", updated.all, new Error("apt-get"));
  const install = ["--yes", "--simulate", "install", ...always, ...packages];
  const simulated = await apt.run("apt-get", install);
  if (simulated.exitCode !== 0) throw await whyNot(image, apt, simulated.all);
  const wanted = chosenVersions(simulated.stdout);
  const shown = await apt.run("apt-cache", ["show", ...wanted.map(([name, version]) => `${name}=${version}`)]);
  if (shown.exitCode !== 0) throw explainBuildFailure(image, "apt-cache", shown.all, new Error("apt-cache"));
  return parseIndex(shown.stdout).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names and versions in what `apt-get --simulate install` prints: `Inst libc6 (2.36-9 Debian:12.1/stable [amd64])`. */
export function chosenVersions(simulation: string): [name: string, version: string][] {
  return [...simulation.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /gm)].map(([, name = "", version = ""]) => [
    name,
    version,
  ]);
}

/** The paragraphs of a package index. A package that several archives carry is taken once. */
export function parseIndex(text: string): IndexedPackage[] {
  const found = new Map<string, IndexedPackage>();
  for (const paragraph of text.split(/\n\s*\n/)) {
    const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, "m").exec(paragraph)?.[1]?.trim() ?? "";
    const name = field("Package");
    if (name === "" || found.has(name)) continue;
    found.set(name, {
      name,
      version: field("Version"),
      sha256: field("SHA256"),
      bytes: Number(field("Size")),
      paragraph: paragraph.trim(),
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
