import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { cacheFolder, cacheFolderPath } from "../../src/folders/cache-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test.each([
  [{ VITEST_MACHINES_CACHE: "/own", XDG_CACHE_HOME: "/xdg" }, "/own"],
  [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/vitest-machines"],
  [{ XDG_CACHE_HOME: "relative" }, "/home/me/.cache/vitest-machines"],
  [{ VITEST_MACHINES_CACHE: "" }, "/home/me/.cache/vitest-machines"],
  [{}, "/home/me/.cache/vitest-machines"],
])("with %o it is %s", (env, path) => {
  expect(cacheFolderPath(env, "/home/me")).toBe(path);
});

test("is created for this user alone", () => {
  const path = join(temporaryFolder(), "a", "b");
  vi.stubEnv("VITEST_MACHINES_CACHE", path);
  expect(cacheFolder()).toBe(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  vi.unstubAllEnvs();
});
