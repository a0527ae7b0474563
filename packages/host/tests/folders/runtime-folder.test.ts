import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensurePrivateFolder } from "../../src/folders/private-folder.ts";
import { runtimeFolderPath } from "../../src/folders/runtime-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test.each([
  ["the session's folder first", { xdg: "/run/user/7", temporary: "/tmp", uid: 7 }, "/run/user/7/vitest-machines"],
  ["the folder for temporary files", { xdg: undefined, temporary: "/var/tmp", uid: 7 }, "/var/tmp/vitest-machines-7"],
  [
    "/tmp when both are too deep",
    { xdg: `/${"x".repeat(60)}`, temporary: `/${"y".repeat(60)}`, uid: 7 },
    "/tmp/vitest-machines-7",
  ],
  ["/tmp when the other one is relative", { xdg: undefined, temporary: "tmp", uid: 7 }, "/tmp/vitest-machines-7"],
])("prefers %s", (_what, host, path) => {
  expect(runtimeFolderPath(host)).toBe(path);
});

test("leaves 50 bytes below it for socket paths, counted in bytes and not in characters", () => {
  const temporary = `/${"é".repeat(25)}`;
  expect(runtimeFolderPath({ xdg: undefined, temporary, uid: 0 })).toBe("/tmp/vitest-machines-0");
  expect(runtimeFolderPath({ xdg: undefined, temporary: `/${"e".repeat(25)}`, uid: 0 })).toMatch(/^\/e+\/v/);
});

test("creates a folder for this user alone, and is content with it the next time", () => {
  const path = join(temporaryFolder(), "base");
  expect(ensurePrivateFolder(path)).toBe(path);
  expect(ensurePrivateFolder(path)).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test("refuses a folder that others can enter", () => {
  const path = join(temporaryFolder(), "open");
  mkdirSync(path);
  chmodSync(path, 0o755);
  expect(() => ensurePrivateFolder(path)).toThrow(/FOLDER_UNSAFE: .*others can enter it \(mode 755\)[^]*chmod 700/);
});

test("refuses a symbolic link, wherever it leads", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "real"), { mode: 0o700 });
  symlinkSync("real", join(folder, "link"));
  expect(() => ensurePrivateFolder(join(folder, "link"))).toThrow("but it is a symbolic link");
});

test("refuses what is no folder", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(() => ensurePrivateFolder(file)).toThrow("but it is a file");
});
