import { MachinesError } from "@vitest-machines/host";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";

const files = ["/etc/subuid", "/etc/subgid"] as const;
/** What distributions give each user, and from where on. */
const rangeSize = 65_536;
const firstId = 100_000;

/**
 * Finds out whether this user may have files of many users in a namespace.
 * @throws MachinesError IMAGE_BUILD_FAILED with the line that is missing, and where
 */
export function requireSubUids(image: string): void {
  const { username, uid } = userInfo();
  const texts = files.map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
  const lacking = files.filter((_, index) => !hasRange(texts[index] ?? "", username, uid));
  if (lacking.length === 0) return;
  const start = freeStart(texts);
  const range = `${start}-${start + rangeSize - 1}`;
  throw new MachinesError(
    "IMAGE_BUILD_FAILED",
    `cannot build the ${image} image: ${username} has no sub-uids in ${lacking.join(" and ")}`,
    {
      facts: { file: lacking[0] ?? "", user: username },
      hint:
        "The files of a Debian system belong to many users, and without root you may create files only as yourself.\n" +
        `Add the line ${username}:${start}:${rangeSize} to ${lacking.join(" and ")}, or run: ` +
        `sudo usermod --add-subuids ${range} --add-subgids ${range} ${username}`,
    },
  );
}

/** Whether `/etc/subuid` has a line for a user, by name or number. Pure. */
export function hasRange(text: string, username: string, uid: number): boolean {
  return text.split("\n").some((line) => line.startsWith(`${username}:`) || line.startsWith(`${uid}:`));
}

/** The first number from which on nobody has a range in any of the files. Pure. */
export function freeStart(texts: readonly string[]): number {
  const ends = texts.flatMap((text) =>
    [...text.matchAll(/^[^:\n]+:(\d+):(\d+)$/gm)].map(([, start, count]) => Number(start) + Number(count)),
  );
  return Math.max(firstId, ...ends);
}
