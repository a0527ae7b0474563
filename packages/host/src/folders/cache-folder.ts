import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * Where images and verdicts are kept between runs, created 0700 when it is absent:
 * $VITEST_MACHINES_CACHE, else $XDG_CACHE_HOME/vitest-machines, else ~/.cache/vitest-machines.
 */
export function cacheFolder(): string {
  const path = cacheFolderPath(process.env, homedir());
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** The path alone, without creating anything. */
export function cacheFolderPath(env: NodeJS.ProcessEnv, home: string): string {
  const own = env["VITEST_MACHINES_CACHE"];
  if (own) return resolve(own);
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG specification: relative paths are invalid and to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, ".cache"), "vitest-machines");
}
