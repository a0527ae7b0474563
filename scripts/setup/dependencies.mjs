import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";
import { run, say } from "./run.mjs";

/** Runs `npm ci` unless node_modules is what package-lock.json says. Returns whether it ran. */
export function installDependencies() {
  if (areCurrent(root)) return false;
  say("installing npm dependencies");
  run("npm", ["ci", "--no-audit", "--no-fund"]);
  return true;
}

/**
 * Whether node_modules holds what the lock file names. npm notes what it installed in a lock file of its own in
 * there; packages for other platforms are not in it.
 */
export function areCurrent(folder) {
  const wanted = read(join(folder, "package-lock.json"));
  const installed = read(join(folder, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  return Object.entries(wanted?.packages ?? {})
    .filter(([path]) => path.startsWith("node_modules/"))
    .every(([path, { version, resolved, optional }]) => {
      const found = installed.packages[path];
      if (found === undefined) return optional === true;
      return found.version === version && found.resolved === resolved && existsSync(join(folder, path));
    });
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
