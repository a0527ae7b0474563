import type { SourceEntry } from "./source-entry.ts";

/**
 * The lines to give to mmdebstrap so that it takes `suite` from the mirrors of a host: its updates and security archives
 * too where the host uses any. Empty when none of the entries is Debian's own archive (on Ubuntu, for example), and then
 * mmdebstrap uses deb.debian.org.
 */
export function debianSources(entries: readonly SourceEntry[], suite: string): string[] {
  const debian = entries.filter(isDebianArchive);
  const lines = debian.map((entry) => {
    const [, pocket = ""] = /^[a-z]+(-security|-updates)?$/.exec(entry.suite) ?? [];
    const options = entry.signedBy === undefined ? "" : `[signed-by=${entry.signedBy}] `;
    return `deb ${options}${entry.uri} ${suite}${pocket} main`;
  });
  // Without the archive proper, a security archive alone has no busybox.
  return lines.some((line) => line.endsWith(` ${suite} main`)) ? [...new Set(lines)] : [];
}

const releases = ["bullseye", "bookworm", "trixie", "forky", "sid", "oldstable", "stable", "testing", "unstable"];
const pockets = ["", "-updates", "-security"];
const debianSuites = new Set(releases.flatMap((release) => pockets.map((pocket) => release + pocket)));

/**
 * Tells Debian's archive and its mirrors from third parties, which use Debian's suite names as well (`bookworm main`).
 * An entry that names a keyring says by that who signs it; otherwise the mirrors' convention decides, a path that ends
 * in `debian` or `debian-security`, with a time stamp behind it on snapshot servers and `.list` in mirror lists.
 */
function isDebianArchive({ uri, suite, components, signedBy }: SourceEntry): boolean {
  if (!debianSuites.has(suite) || !components.includes("main")) return false;
  // mmdebstrap copies nothing from the host's disk: a `file:` or `cdrom:` archive is of no use to it.
  if (!/^(https?|ftp|mirror|tor)[+:]/.test(uri)) return false;
  if (signedBy !== undefined) return /\/debian-archive-[^/]*$/.test(signedBy);
  return /\/debian(-security)?(\.list)?(\/\d{8}T\d{6}Z)?\/*$/.test(uri);
}
