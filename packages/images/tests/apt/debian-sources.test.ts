import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { debianSources } from "../../src/apt/debian-sources.ts";
import { readHostSources } from "../../src/apt/host-apt.ts";
import type { SourceEntry } from "../../src/apt/source-entry.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const entry = (uri: string, suite = "bookworm", more: Partial<SourceEntry> = {}): SourceEntry => ({
  uri,
  suite,
  components: ["main"],
  ...more,
});

test("asks the host's mirrors for the suite, its updates and its security archive", () => {
  const entries = [
    entry("http://mirror.test/debian", "bookworm", { signedBy: keyring, components: ["main", "non-free-firmware"] }),
    entry("http://mirror.test/debian", "bookworm-updates"),
    entry("http://security.test/debian-security", "bookworm-security"),
  ];
  expect(debianSources(entries, "trixie")).toEqual([
    `deb [signed-by=${keyring}] http://mirror.test/debian trixie main`,
    "deb http://mirror.test/debian trixie-updates main",
    "deb http://security.test/debian-security trixie-security main",
  ]);
});

test.each([
  "http://deb.debian.org/debian/",
  "https://snapshot.test/archive/debian/20250520T000000Z",
  "mirror+file:/etc/apt/mirrors/debian.list",
])("knows Debian's own archive at %s", (uri) => {
  expect(debianSources([entry(uri, "stable")], "bookworm")).toEqual([`deb ${uri} bookworm main`]);
});

test("believes an entry that names Debian's keyring, whatever the mirror's path", () => {
  const uri = "https://artifacts.test/remote-apt";
  expect(debianSources([entry(uri, "bookworm", { signedBy: keyring })], "bookworm")).toHaveLength(1);
});

test.each([
  ["another distribution", entry("http://archive.ubuntu.test/ubuntu", "jammy")],
  ["a third party with Debian's suite names", entry("https://packages.test/php", "bookworm")],
  [
    "a third party with a keyring of its own",
    entry("https://test/debian", "bookworm", { signedBy: "/etc/apt/keyrings/x.gpg" }),
  ],
  ["a third party without `main`", entry("https://download.test/linux/debian", "bookworm", { components: ["stable"] })],
  ["a suite of a third party", entry("https://apt.test/pub/debian", "bookworm-pgdg")],
  ["a disc", entry("cdrom:[Debian GNU/Linux 12]/debian", "bookworm")],
  ["a folder of the host", entry("file:///srv/debian", "bookworm")],
  ["a security archive alone", entry("http://security.test/debian-security", "bookworm-security")],
])("leaves %s out, and with it alone the choice to mmdebstrap", (_what, source) => {
  expect(debianSources([source], "bookworm")).toEqual([]);
});

test("reads both formats from the host's folder, and nothing from a host without apt", () => {
  const folder = temporaryFolder();
  expect(readHostSources(join(folder, "absent"))).toEqual([]);
  mkdirSync(join(folder, "sources.list.d"));
  writeFileSync(join(folder, "sources.list"), "deb http://one.test/debian bookworm main\n");
  const stanza = "Types: deb\nURIs: http://two.test/debian\nSuites: bookworm\nComponents: main\n";
  writeFileSync(join(folder, "sources.list.d/two.sources"), stanza);
  writeFileSync(join(folder, "sources.list.d/three.list"), "deb http://three.test/debian bookworm main\n");
  writeFileSync(join(folder, "sources.list.d/off.sources.disabled"), stanza);
  expect(readHostSources(folder).map(({ uri }) => uri)).toEqual([
    "http://one.test/debian",
    "http://three.test/debian",
    "http://two.test/debian",
  ]);
});
