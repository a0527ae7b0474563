import { existsSync } from "node:fs";
import { debianSources } from "./debian-sources.ts";
import type { SourceEntry } from "./source-entry.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const publicArchive = "http://deb.debian.org";

/**
 * The `sources.list` lines for a suite: of one mirror where one is named, otherwise of the mirrors that the host uses, and
 * of Debian's own where it uses none.
 */
export function archiveSources(suite: string, entries: readonly SourceEntry[], mirror?: string): string[] {
  if (mirror !== undefined) return [line(mirror, suite, isSnapshot(mirror) ? ["check-valid-until=no"] : [])];
  const ofHost = debianSources(entries, suite);
  if (ofHost.length > 0) return ofHost;
  return [
    line(`${publicArchive}/debian`, suite),
    line(`${publicArchive}/debian`, `${suite}-updates`),
    line(`${publicArchive}/debian-security`, `${suite}-security`),
  ];
}

/** An archive as it was at some moment: what it says of itself is no longer valid by its own date. */
function isSnapshot(mirror: string): boolean {
  return /\/\d{8}T\d{6}Z(\/|$)/.test(mirror);
}

function line(uri: string, suite: string, options: readonly string[] = []): string {
  // Hosts of other distributions trust other keys by default.
  const all = existsSync(keyring) ? [`signed-by=${keyring}`, ...options] : options;
  return `deb ${all.length === 0 ? "" : `[${all.join(" ")}] `}${uri} ${suite} main`;
}
