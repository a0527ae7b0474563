import { expect, test } from "vitest";
import { archiveSources } from "../../src/apt/archive-sources.ts";
import { nearestNames } from "../../src/apt/nearest-names.ts";
import { chosenVersions, parseIndex } from "../../src/apt/resolve-packages.ts";

test("reads what apt would install, on a system that has nothing and on one that is upgraded", () => {
  const simulation = `NOTE: This is only a simulation!
Inst libc6 (2.36-9+deb12u14 Debian:12.12/oldstable, Debian-Security:12/oldstable [amd64]) []
Inst passwd [1:4.12] (1:4.13+dfsg1-1 Debian:12.12/oldstable [amd64])
Conf libc6 (2.36-9+deb12u14 Debian:12.12/oldstable [amd64])
`;
  expect(chosenVersions(simulation)).toEqual([
    ["libc6", "2.36-9+deb12u14"],
    ["passwd", "1:4.13+dfsg1-1"],
  ]);
});

test("reads an index, and takes a version once that two archives carry", () => {
  const paragraph = (version: string): string =>
    `Package: less\nVersion: ${version}\nInstalled-Size: 300\nSize: 132046\nSHA256: abc\nDescription: pager\n more`;
  const less = { name: "less", bytes: 132_046, installedBytes: 307_200, sha256: "abc" };
  expect(parseIndex([paragraph("590-2"), paragraph("590-2"), paragraph("590-3"), ""].join("\n\n"))).toEqual([
    { ...less, version: "590-2" },
    { ...less, version: "590-3" },
  ]);
});

test("offers names that are near", () => {
  const names = ["nginx", "nginx-light", "nginx-common", "mariadb-server", "mariadb-client", "perl", "less"];
  expect(nearestNames("ngnix-light", names)).toEqual(["nginx-light"]);
  expect(nearestNames("mariadb", names)).toEqual(["mariadb-client", "mariadb-server"]);
  expect(nearestNames("something-else", names)).toEqual([]);
});

test("takes one mirror where one is named, a snapshot whatever its date, and else what the host has", () => {
  const signed = expect.stringMatching(/^deb (\[signed-by=\S+\] )?http:\/\/mirror\/debian trixie main$/) as string;
  expect(archiveSources("trixie", [], "http://mirror/debian")).toEqual([signed]);
  const [snapshot] = archiveSources("trixie", [], "https://snapshot.debian.org/archive/debian/20260101T000000Z");
  expect(snapshot).toContain("check-valid-until=no");
  expect(archiveSources("trixie", [])).toHaveLength(3);
  const host = [{ uri: "http://near/debian", suite: "bookworm", components: ["main"] }];
  expect(archiveSources("trixie", host, undefined)).toEqual(["deb http://near/debian trixie main"]);
});
