import { expect, test } from "vitest";
import { parseDeb822Sources, parseSourcesList } from "../../src/apt/source-entry.ts";

test("reads one-line sources with and without options", () => {
  const text = `# Debian
deb http://deb.debian.org/debian/ bookworm main contrib # all of it
deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] https://mirror.test/debian bookworm-updates main
deb-src http://deb.debian.org/debian bookworm main
  #deb http://off.test/debian bookworm main
nonsense
`;
  expect(parseSourcesList(text)).toEqual([
    { uri: "http://deb.debian.org/debian/", suite: "bookworm", components: ["main", "contrib"], signedBy: undefined },
    {
      uri: "https://mirror.test/debian",
      suite: "bookworm-updates",
      components: ["main"],
      signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
    },
  ]);
});

test("reads deb822 sources: several URIs and suites, comments, folded lines, disabled and source stanzas", () => {
  const text = `Types: deb deb-src
# a comment inside a stanza
URIs: http://one.test/debian http://two.test/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source.test/debian
Suites: bookworm
Components: main
`;
  const signedBy = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const components = ["main"];
  expect(parseDeb822Sources(text)).toEqual([
    { uri: "http://one.test/debian", suite: "bookworm", components, signedBy },
    { uri: "http://one.test/debian", suite: "bookworm-updates", components, signedBy },
    { uri: "http://two.test/debian", suite: "bookworm", components, signedBy },
    { uri: "http://two.test/debian", suite: "bookworm-updates", components, signedBy },
  ]);
});

test("takes a key inside the stanza for no keyring file", () => {
  const text = `Types: deb
URIs: http://one.test/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`;
  expect(parseDeb822Sources(text)).toMatchObject([{ uri: "http://one.test/debian", signedBy: undefined }]);
});

test.each(["", "\n\n", "garbage", "Types deb\nURIs"])("finds nothing in %j", (text) => {
  expect(parseDeb822Sources(text)).toEqual([]);
  expect(parseSourcesList(text)).toEqual([]);
});
