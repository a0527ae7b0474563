import { MachinesError } from "@vitest-machines/host";
import type { AptRoot } from "./apt-root.ts";
import { knownVersions, type IndexedPackage, type ResolvedPackage } from "./resolve-packages.ts";

/**
 * What the archives say of locked packages.
 * @throws MachinesError IMAGE_LOCK_FAILED when they do not have one, or have another under its version
 */
export async function checkAvailable(apt: AptRoot, locked: readonly ResolvedPackage[]): Promise<IndexedPackage[]> {
  return matchLocked(
    locked,
    await knownVersions(
      apt,
      locked.map(({ name }) => name),
    ),
  );
}

/** The same for what is known already. Pure. */
export function matchLocked(locked: readonly ResolvedPackage[], known: readonly IndexedPackage[]): IndexedPackage[] {
  const ofName = (name: string): IndexedPackage[] => known.filter((other) => other.name === name);
  const gone = locked.filter(({ name, version }) => !ofName(name).some((other) => other.version === version));
  if (gone.length > 0) {
    throw new MachinesError("IMAGE_LOCK_FAILED", `the mirror no longer has ${counted(gone.length)} of machines.lock`, {
      facts: { packages: gone.map(({ name }) => name).join(" ") },
      evidence: [
        gone
          .map(({ name, version }) => {
            const there = ofName(name).map((other) => other.version);
            return `  ${name}: locked ${version}, available ${there.join(", ") || "none"}`;
          })
          .join("\n"),
      ],
      hint:
        "Lock what it has now: npx vitest-machines images update\n" +
        "Or take the packages from an archive of the past: debian({ mirror: " +
        '"https://snapshot.debian.org/archive/debian/20260101T000000Z" })',
    });
  }
  return locked.map((wanted) => {
    const [found] = ofName(wanted.name).filter(({ version }) => version === wanted.version);
    if (found?.sha256 === wanted.sha256) return found;
    throw new MachinesError(
      "IMAGE_LOCK_FAILED",
      `${wanted.name} ${wanted.version} of the mirror is not the one of machines.lock: nothing was installed`,
      {
        facts: { package: wanted.name, locked: wanted.sha256, found: found?.sha256 ?? "" },
        evidence: [`  SHA-256 in machines.lock: ${wanted.sha256}\n  SHA-256 of the mirror:    ${found?.sha256 ?? ""}`],
        hint:
          "Somebody has changed the file, or the mirror offers another package under the same version. If you trust the " +
          "mirror: npx vitest-machines images update",
      },
    );
  });
}

function counted(count: number): string {
  return count === 1 ? "a package" : `${count} packages`;
}
