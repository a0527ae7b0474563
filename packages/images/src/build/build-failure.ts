import { cacheFolder, isMachinesError, MachinesError } from "@vitest-machines/host";
import { statfsSync } from "node:fs";
import { roomAdvice, toMB } from "./room.ts";

/** What apt and mmdebstrap say, and what to do about it. */
const causes: readonly (readonly [RegExp, string])[] = [
  [
    /NO_PUBKEY|not signed|signature.*(couldn't be verified|invalid)|EXPKEYSIG|keyring.*(not|no)/i,
    "The archive's signatures cannot be checked. Install Debian's keys, new enough for the suite: apt install debian-archive-keyring.",
  ],
  [
    /Could not resolve|Temporary failure resolving|Could not connect|Connection (refused|timed out|failed)|Unable to connect|Network is unreachable/i,
    "The mirror cannot be reached. Check the network and, behind a proxy, apt's own proxy setting (Acquire::http::Proxy): the host's mirrors and proxy are used.",
  ],
  [
    /40[34]\s+(Not Found|Forbidden)|does not have a Release file/i,
    "The mirror in the host's apt sources does not carry this suite. Use another mirror, or another suite.",
  ],
  [
    /Unable to locate package|has no installation candidate/i,
    "The mirror lacks a package that the image is made of: it must carry the `main` component for amd64.",
  ],
  [/Permission denied|EACCES/i, "The cache folder must be writable by you, also for programs (no `noexec` mount)."],
];

const tailLines = 25;

/** The error for a failed program of a build, with the end of its output and the likeliest remedy. */
export function explainBuildFailure(image: string, program: string, output: string, cause: Error): MachinesError {
  const lines = output.trimEnd().split("\n");
  const complaint = lines.find((line) => line.startsWith("E: "))?.slice(3) ?? `${program} failed`;
  const evidence = [`last lines of ${program}:`, ...lines.slice(-tailLines)].join("\n");
  return buildFailed(image, complaint, output, cause, evidence);
}

/**
 * Runs a build, and makes what goes wrong in it an error of ours: ABORTED when that is why, otherwise
 * IMAGE_BUILD_FAILED with the likeliest remedy. Errors that are ours already pass unchanged.
 */
export async function explainingFailures<T>(
  image: string,
  signal: AbortSignal | undefined,
  build: () => Promise<T>,
): Promise<T> {
  try {
    return await build();
  } catch (error) {
    if (isMachinesError(error)) throw error;
    if (signal?.aborted) throw new MachinesError("ABORTED", `stopped building the ${image} image`, { cause: error });
    const cause = error instanceof Error ? error : new Error(String(error));
    throw buildFailed(image, cause.message, cause.message, cause);
  }
}

function buildFailed(image: string, complaint: string, output: string, cause: Error, evidence?: string): MachinesError {
  const full = /No space left on device|ENOSPC/i.test(output) ? roomLeft() : undefined;
  return new MachinesError("IMAGE_BUILD_FAILED", `cannot build the ${image} image: ${complaint}`, {
    ...(full !== undefined && { facts: full }),
    evidence: evidence === undefined ? [] : [evidence],
    hint: full === undefined ? causes.find(([pattern]) => pattern.test(output))?.[1] : fullDisk(full),
    cause,
  });
}

interface Room {
  readonly folder: string;
  readonly freeBytes: number;
}

function roomLeft(): Room & Record<string, string | number> {
  const folder = cacheFolder();
  const { bavail, bsize } = statfsSync(folder);
  return { folder, freeBytes: bavail * bsize };
}

/** What had been built is gone by now, so that more is free than was. */
function fullDisk({ folder, freeBytes }: Room): string {
  return `${folder} is full: ${toMB(freeBytes)} MB are free now. Building takes 200 MB to some GB.\n${roomAdvice}`;
}
