import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.mjs";
import { run, say } from "./run.mjs";

const stamp = join(root, "node_modules", ".vitest-machines-build");

/** Builds every package unless nothing that goes into it has changed. Returns whether it built. */
export function build() {
  const packages = folders(join(root, "packages"));
  const digest = digestOf([
    ...packages.flatMap(sourcesOf),
    ...filesIn(root, (name) => /^(package|tsconfig).*\.json$/.test(name)),
  ]);
  const complete = packages.every((folder) => existsSync(join(folder, "dist")));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  say("building");
  run("npm", ["run", "--silent", "build"]);
  // npm makes programs executable when it installs them; in a checkout they are built later.
  chmodSync(join(root, "packages", "vitest-machines", "dist", "cli", "main.js"), 0o755);
  writeFileSync(stamp, digest);
  return true;
}

/** Everything of a package but its tests and what is made from the rest. */
function sourcesOf(folder) {
  const made = ["dist", "node_modules", "tests"];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (made.includes(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)];
  });
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function filesIn(folder, matches) {
  return readdirSync(folder)
    .filter(matches)
    .map((name) => join(folder, name));
}

function folders(parent) {
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(parent, entry.name));
}

function digestOf(files) {
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest("hex");
}
