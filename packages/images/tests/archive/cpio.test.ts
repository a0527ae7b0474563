import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findTool } from "@vitest-machines/host";
import { packCpio, type ArchiveEntry } from "../../src/archive/cpio.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const entries: ArchiveEntry[] = [
  { path: "bin", type: "folder", mode: 0o755 },
  { path: "/bin/tool", type: "file", mode: 0o4755, content: Buffer.from("12345") },
  { path: "bin/alias", type: "link", target: "tool" },
  { path: "tmp", type: "folder", mode: 0o1777, owner: 1000 },
];

/** Reads the archive back, member by member. */
function unpack(archive: Buffer): { name: string; mode: number; owner: number; device: number[]; content: string }[] {
  const members = [];
  for (let offset = 0; offset < archive.length;) {
    expect(archive.toString("latin1", offset, offset + 6)).toBe("070701");
    const field = (index: number): number =>
      parseInt(archive.toString("latin1", offset + 6 + index * 8, offset + 14 + index * 8), 16);
    const name = archive.toString("utf8", offset + 110, offset + 109 + field(11));
    const start = aligned(offset + 110 + field(11));
    const content = archive.toString("utf8", start, start + field(6));
    members.push({ name, mode: field(1), owner: field(2), device: [field(9), field(10)], content });
    offset = aligned(start + field(6));
  }
  return members;
}

const aligned = (offset: number): number => (offset + 3) & ~3;

test("writes every kind of entry with its type, mode, owner and content", () => {
  const archive = packCpio([...entries, { path: "dev/console", type: "device", mode: 0o600, major: 5, minor: 1 }]);
  expect(unpack(archive)).toEqual([
    { name: "bin", mode: 0o040755, owner: 0, device: [0, 0], content: "" },
    { name: "bin/tool", mode: 0o104755, owner: 0, device: [0, 0], content: "12345" },
    { name: "bin/alias", mode: 0o120777, owner: 0, device: [0, 0], content: "tool" },
    { name: "tmp", mode: 0o041777, owner: 1000, device: [0, 0], content: "" },
    { name: "dev/console", mode: 0o020600, owner: 0, device: [5, 1], content: "" },
    { name: "TRAILER!!!", mode: 0, owner: 0, device: [0, 0], content: "" },
  ]);
});

test("gives the same bytes for the same entries", () => {
  expect(packCpio(entries).equals(packCpio(entries))).toBe(true);
});

test.each([0, 1, 2, 3, 4, 5])("pads a content of %i bytes so that the next member is found", (length) => {
  const content = Buffer.alloc(length, "x");
  const members = unpack(packCpio([{ path: "a", type: "file", mode: 0o644, content }, ...entries]));
  expect(members.map(({ name }) => name)).toEqual(["a", "bin", "bin/tool", "bin/alias", "tmp", "TRAILER!!!"]);
});

test.skipIf(findTool("cpio") === undefined)("is read by cpio", () => {
  const folder = temporaryFolder();
  const members = entries.map((entry) => (entry.type === "folder" ? { ...entry, owner: undefined } : entry));
  writeFileSync(join(folder, "archive"), packCpio(members));
  execFileSync("cpio", ["-idm", "--quiet", "--no-absolute-filenames", "--file=archive"], { cwd: folder });
  expect(readFileSync(join(folder, "bin/tool"), "utf8")).toBe("12345");
  expect(readlinkSync(join(folder, "bin/alias"))).toBe("tool");
  expect(statSync(join(folder, "bin/tool")).mode & 0o777).toBe(0o755);
});
