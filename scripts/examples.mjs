// Runs every example that is not marked `"ci": false`, each as the small project that a reader would copy.
// usage: node scripts/examples.mjs [--all | NAME ...]
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../examples", import.meta.url));
const manifest = (name) => join(folder, name, "package.json");
const all = readdirSync(folder).filter((name) => existsSync(manifest(name)));
const given = process.argv.slice(2);
const wanted = given.includes("--all") ? all : given;
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(", ")}. There are: ${all.join(", ")}.`);
  process.exit(2);
}
const names = all.filter((name) =>
  wanted.length > 0 ? wanted.includes(name) : JSON.parse(readFileSync(manifest(name), "utf8")).ci !== false,
);
const failed = names.filter((name) => {
  console.log(`\n── example ${name}`);
  return spawnSync("npm", ["test"], { cwd: join(folder, name), stdio: "inherit" }).status !== 0;
});
console.log(
  `\n${names.length - failed.length} examples passed, ${failed.length} failed${failed.map((name) => ` · ${name}`).join("")}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
