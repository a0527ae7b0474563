import { MachinesError } from "@vitest-machines/host";

/** Debian releases that images can be made of, by name or number. */
export type DebianSuite = "bookworm" | "trixie" | "12" | "13";

export type DebianRelease = "bookworm" | "trixie";

const releases: Readonly<Record<DebianSuite, DebianRelease>> = {
  bookworm: "bookworm",
  "12": "bookworm",
  trixie: "trixie",
  "13": "trixie",
};

/** @throws MachinesError DECLARATION_INVALID for anything else, which names the `image` that was declared */
export function releaseOf(image: string, suite: string): DebianRelease {
  const release = Object.hasOwn(releases, suite) ? releases[suite as DebianSuite] : undefined;
  if (release === undefined) {
    throw new MachinesError("DECLARATION_INVALID", `${image}(): unknown suite ${JSON.stringify(suite)}`, {
      hint: `Valid suites: ${Object.keys(releases).sort().join(", ")}.`,
    });
  }
  return release;
}
