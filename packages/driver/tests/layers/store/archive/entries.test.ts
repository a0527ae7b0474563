import { expect, test } from "vitest";
import { checkEntries } from "../../../../src/layers/store/archive/entries.ts";

const good = [
  "drwx------ 1000/1000         0 2026-03-01 12:00 aaaa/",
  "-rw------- 1000/1000       313 2026-03-01 12:00 aaaa/manifest.json",
  "drwx------ 1000/1000         0 2026-03-01 12:00 aaaa/n1/",
  "-rw------- 1000/1000 134217728 2026-03-01 12:00 aaaa/n1/ram",
  "-rw------- 1000/1000       313 2026-03-01 12:00 bbbb/manifest.json",
  "hrw------- 1000/1000         0 2026-03-01 12:00 bbbb/n1/ram link to aaaa/n1/ram",
];

test("layers and the files that they share are fine", () => {
  expect(checkEntries("file", [...good, ""].join("\n"))).toEqual(["aaaa", "bbbb"]);
});

test.each([
  ["a name from the root", "-rw------- 0/0 1 2026-03-01 12:00 /etc/passwd"],
  ["a name that leaves", "-rw------- 0/0 1 2026-03-01 12:00 aaaa/../../etc/passwd"],
  ["a name that leaves at once", "-rw------- 0/0 1 2026-03-01 12:00 ../aaaa/ram"],
  ["a name of the store's own", "-rw------- 0/0 1 2026-03-01 12:00 .use/mark"],
  ["a hidden file", "-rw------- 0/0 1 2026-03-01 12:00 aaaa/.hidden"],
  ["stamps", "-rw------- 0/0 1 2026-03-01 12:00 aaaa/verified.json"],
  ["a symbolic link", "lrwxrwxrwx 0/0 0 2026-03-01 12:00 aaaa/ram -> /etc/passwd"],
  ["a device", "crw-rw-rw- 0/0 1,7 2026-03-01 12:00 aaaa/ram"],
  ["a pipe", "prw-rw-rw- 0/0 0 2026-03-01 12:00 aaaa/ram"],
  ["a link to outside", "hrw------- 0/0 0 2026-03-01 12:00 aaaa/ram link to ../../etc/passwd"],
  ["a link to the root", "hrw------- 0/0 0 2026-03-01 12:00 aaaa/ram link to /etc/passwd"],
  ["a link in disguise", "-rw------- 0/0 0 2026-03-01 12:00 aaaa/ram link to aaaa/x"],
  ["a quoted newline", String.raw`-rw------- 0/0 1 2026-03-01 12:00 aaaa/a\nb`],
  ["what is no entry", "tar: something"],
])("refuses %s", (_name, line) => {
  expect(() => checkEntries("file", [good[0], line].join("\n"))).toThrow(
    /^LAYER_INVALID: file holds what does not belong into layers; nothing was imported\.\nthe entry:\n/,
  );
});
