import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requireTool, sha256OfFile } from "@vitest-machines/host";
import type { DebianRelease } from "./suite.ts";

/**
 * Makes a folder of `NAME.deb` files an archive that apt can install from, without a network, and nothing else.
 * @returns its line of a `sources.list`
 */
export async function makeLocalArchive(folder: string, release: DebianRelease): Promise<string> {
  requireTool("mmdebstrap", "building Debian images");
  const { execa } = await import("execa");
  // What an index says of a package is what the package says of itself, and which file it is.
  const paragraphs =
    'for file in *.deb; do dpkg-deb --field "$file"; echo "Filename: ./$file"; echo "Size: $(stat -c %s "$file")"; ' +
    'echo "SHA256: $(sha256sum "$file" | cut -c1-64)"; echo; done > Packages';
  await execa("sh", ["-eu", "-c", paragraphs], { cwd: folder, stdin: "ignore", env: { LC_ALL: "C.UTF-8" } });
  const index = join(folder, "Packages");
  const lines = [
    "Origin: Debian",
    "Label: Debian",
    `Suite: ${release}`,
    `Codename: ${release}`,
    "Architectures: amd64",
    "Components: main",
    "SHA256:",
    ` ${await sha256OfFile(index)} ${(await stat(index)).size} Packages`,
    "",
  ];
  await writeFile(join(folder, "Release"), lines.join("\n"));
  return `copy:${folder.split("/").map(encodeURIComponent).join("/")}`;
}
