import { MachinesError } from "@vitest-machines/host";

/** Debian releases that the tiny image can be made of, by name or number. */
export type TinySuite = "bookworm" | "trixie" | "12" | "13";

export type DebianRelease = "bookworm" | "trixie";

const releases: Readonly<Record<TinySuite, DebianRelease>> = {
  bookworm: "bookworm",
  "12": "bookworm",
  trixie: "trixie",
  "13": "trixie",
};

/** @throws MachinesError DECLARATION_INVALID for anything else */
export function releaseOf(suite: string): DebianRelease {
  const release = Object.hasOwn(releases, suite) ? releases[suite as TinySuite] : undefined;
  if (release === undefined) {
    throw new MachinesError("DECLARATION_INVALID", `tiny(): unknown suite ${JSON.stringify(suite)}`, {
      hint: `Valid suites: ${Object.keys(releases).sort().join(", ")}.`,
    });
  }
  return release;
}
