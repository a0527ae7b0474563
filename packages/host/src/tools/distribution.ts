import { readFileSync } from "node:fs";
import type { Distribution } from "./catalog.ts";

interface Manners {
  readonly label: string;
  readonly install: (packages: readonly string[]) => string;
}

const manners: Readonly<Record<Distribution, Manners>> = {
  debian: { label: "Debian/Ubuntu", install: (packages) => `apt install ${packages.join(" ")}` },
  fedora: { label: "Fedora", install: (packages) => `dnf install ${packages.join(" ")}` },
  arch: { label: "Arch", install: (packages) => `pacman -S ${packages.join(" ")}` },
  nix: { label: "Nix", install: (packages) => `nix-shell -p ${packages.join(" ")}` },
};

const identifiers: Readonly<Record<string, Distribution>> = {
  debian: "debian",
  ubuntu: "debian",
  fedora: "fedora",
  rhel: "fedora",
  centos: "fedora",
  arch: "arch",
  nixos: "nix",
};

/** Which family of packages an `os-release` text belongs to; undefined for one that the catalog does not know. */
export function parseDistribution(osRelease: string): Distribution | undefined {
  const value = (key: string): string =>
    new RegExp(`^${key}=(?:"([^"]*)"|(\\S*))`, "m").exec(osRelease)?.slice(1).find(Boolean) ?? "";
  return [value("ID"), ...value("ID_LIKE").split(/\s+/)].map((id) => identifiers[id]).find(Boolean);
}

/** The distribution family of this host, undefined when it is unknown. */
export function hostDistribution(): Distribution | undefined {
  for (const file of ["/etc/os-release", "/usr/lib/os-release"]) {
    try {
      return parseDistribution(readFileSync(file, "utf8"));
    } catch {
      // The second path is where hosts without /etc/os-release keep it; a host without both is simply unknown.
    }
  }
  return undefined;
}

/**
 * How to install something, as one sentence per line: for one distribution, or for all when it is unknown.
 * @param packagesOf the packages' names in a distribution
 */
export function installAdvice(
  distribution: Distribution | undefined,
  packagesOf: (distribution: Distribution) => readonly string[],
): string {
  const which: readonly Distribution[] =
    distribution === undefined ? ["debian", "fedora", "arch", "nix"] : [distribution];
  return which
    .map((name) => `${manners[name].label}: ${manners[name].install([...new Set(packagesOf(name))].sort())}.`)
    .join("\n");
}
