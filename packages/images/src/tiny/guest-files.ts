import { readFileSync } from "node:fs";

/** Files that are the same in every tiny image, by their path in the guest. */
export interface GuestFile {
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

const sources = [
  { path: "init", mode: 0o755 },
  { path: "etc/fstab", mode: 0o644 },
  { path: "etc/group", mode: 0o644 },
  { path: "etc/hosts", mode: 0o644 },
  { path: "etc/passwd", mode: 0o644 },
  { path: "etc/profile", mode: 0o644 },
  { path: "etc/shadow", mode: 0o600 },
  { path: "etc/shells", mode: 0o644 },
] as const;

/** Reads them from `guest/tiny` of this package, which lies beside both `src` and `dist`. */
export function readGuestFiles(): GuestFile[] {
  const folder = new URL("../../guest/tiny/", import.meta.url);
  return sources.map(({ path, mode }) => ({ path, mode, content: readFileSync(new URL(path, folder)) }));
}
