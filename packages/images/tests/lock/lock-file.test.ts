import { isMachinesError } from "@vitest-machines/host";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { matchLocked } from "../../src/apt/match-locked.ts";
import { debian } from "../../src/debian/debian.ts";
import { compareEntries } from "../../src/lock/compare-entries.ts";
import { findLockFile, newLockFile } from "../../src/lock/find-lock-file.ts";
import { entryOf, parseLock, printLock, withEntry, type LockEntry } from "../../src/lock/lock-file.ts";
import { nameOf, requiredBy } from "../../src/lock/subject.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const digest = (character: string): string => character.repeat(64);
const pinned = (
  name: string,
  version = "1.0",
  sha256 = digest("a"),
): { name: string; version: string; sha256: string } => ({
  name,
  version,
  sha256,
});
const kernel: LockEntry = {
  subject: { suite: "bookworm", kernel: "cloud" },
  packages: [pinned("linux-image-cloud-amd64", "6.1.192-2"), pinned("busybox-static", "1:1.35.0-4+b3", digest("b"))],
};
const subject = { suite: "bookworm", packages: ["nginx-light"] } as const;
const system: LockEntry = { subject, packages: requiredBy(subject).map((name) => pinned(name)) };

describe("the file", () => {
  test("is sorted, a line for each package, and reads back as it was", () => {
    const text = printLock([system, kernel]);
    expect(text.split("\n").slice(0, 10)).toEqual([
      "{",
      '  "lockVersion": 1,',
      '  "images": [',
      "    {",
      '      "suite": "bookworm",',
      '      "kernel": "cloud",',
      '      "resolved": {',
      `        "busybox-static": "1:1.35.0-4+b3 sha256:${digest("b")}",`,
      `        "linux-image-cloud-amd64": "6.1.192-2 sha256:${digest("a")}"`,
      "      }",
    ]);
    expect(printLock([kernel, system])).toBe(text);
    expect(printLock(parseLock(text, "machines.lock"))).toBe(text);
  });

  test.each([
    ["", "is not valid|Unexpected end"],
    ["<<<<<<< HEAD\n{}\n", "it has the marks of a merge conflict"],
    ["{}", "it is not a lock file"],
    ['{"lockVersion": 2}', "it was written by a later version of vitest-machines"],
    ['{"lockVersion": 1, "images": [{"suite": "sarge", "packages": [], "resolved": {}}]}', "it is not an entry"],
    [
      '{"lockVersion": 1, "images": [{"suite": "trixie", "packages": [], "resolved": {"less": "590"}}]}',
      "it is not a version with a digest",
    ],
  ])("that says %j is refused", (text, message) => {
    expect(() => parseLock(text, "/p/machines.lock")).toThrow(
      new RegExp(`^IMAGE_LOCK_FAILED: /p/machines.lock.*(${message})`),
    );
  });

  test("has one entry for what is declared alike, which must have what is needed", () => {
    const entries = withEntry(withEntry([kernel], system), { ...system, packages: [pinned("less")] });
    expect(entries).toHaveLength(2);
    expect(entryOf(entries, kernel.subject)).toBe(kernel);
    expect(entryOf(entries, subject)).toBeUndefined();
    expect(entryOf([system], { ...subject, packages: ["curl", "nginx-light"] })).toBeUndefined();
    expect(nameOf({ ...subject, mirror: "http://m/debian" })).toBe("bookworm, nginx-light, from http://m/debian");
  });

  test("is found in the project's folder or above it, up to the repository's", () => {
    const base = temporaryFolder();
    const project = join(base, "repository/packages/web");
    mkdirSync(join(project, "tests"), { recursive: true });
    mkdirSync(join(base, "repository/.git"));
    writeFileSync(join(base, "machines.lock"), "");
    writeFileSync(join(project, "package.json"), "{}");
    expect(findLockFile(project)).toBeUndefined();
    expect(newLockFile(join(project, "tests"))).toBe(join(project, "machines.lock"));
    writeFileSync(join(base, "repository/machines.lock"), "");
    expect(findLockFile(join(project, "tests"))).toBe(join(base, "repository/machines.lock"));
    writeFileSync(join(project, "machines.lock"), "");
    expect(findLockFile(join(project, "tests"))).toBe(join(project, "machines.lock"));
  });
});

test("what an update has changed", () => {
  const after = [{ ...kernel, packages: [pinned("linux-image-cloud-amd64", "6.1.200-1"), pinned("new")] }];
  expect(compareEntries([kernel, system], after)).toEqual([
    {
      name: "bookworm, cloud kernel",
      packages: 2,
      changes: [
        { name: "busybox-static", before: "1:1.35.0-4+b3", after: undefined },
        { name: "linux-image-cloud-amd64", before: "6.1.192-2", after: "6.1.200-1" },
        { name: "new", before: undefined, after: "1.0" },
      ],
    },
  ]);
});

describe("a mirror", () => {
  const known = (name: string, version: string, sha256 = digest("a")) => ({
    ...pinned(name, version, sha256),
    bytes: 1,
    installedBytes: 1,
  });

  test("that has what is locked says what it takes to download", () => {
    const found = [known("less", "1.0"), known("less", "2.0")];
    expect(matchLocked([pinned("less", "2.0")], found)).toEqual([found[1]]);
  });

  test("that no longer has it is an error with both versions, and what to do", () => {
    const locked = [pinned("less", "1.0"), pinned("curl", "1.0"), pinned("gone", "1.0")];
    expect(() => matchLocked(locked, [known("less", "1.1"), known("less", "1.2"), known("curl", "1.0")])).toThrow(
      "IMAGE_LOCK_FAILED: the mirror no longer has 2 packages of machines.lock\n" +
        "  less: locked 1.0, available 1.1, 1.2\n  gone: locked 1.0, available none\n" +
        "Lock what it has now: npx vitest-machines images update",
    );
  });

  test("that has another file under the same version is an error, too", () => {
    expect(() => matchLocked([pinned("less")], [known("less", "1.0", digest("c"))])).toThrow(
      /^IMAGE_LOCK_FAILED: less 1\.0 of the mirror is not the one of machines\.lock: nothing was installed\n.*aaa\n.*ccc/,
    );
  });
});

test("with CI set, an image that the lock file has no entry for is an error, and the file stays as it is", async () => {
  const projectFolder = temporaryFolder();
  writeFileSync(join(projectFolder, "machines.lock"), printLock([system]));
  vi.stubEnv("CI", "true");
  vi.stubEnv("VITEST_MACHINES_CACHE", temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const error: unknown = await debian({ packages: ["curl"] })
    .prepare({ projectFolder })
    .catch((reason: unknown) => reason);
  expect(isMachinesError(error) && error.code).toBe("IMAGE_LOCK_FAILED");
  expect(String(error)).toContain(
    "has no fitting entry for the debian image: bookworm, curl\nIt has entries for:\n  bookworm, nginx-light",
  );
});
