// Runs every example that is marked for CI, each as the small project that a reader would copy.
// usage: node scripts/examples.mjs [NAME ...]
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../examples", import.meta.url));
const wanted = process.argv.slice(2);
const names = readdirSync(folder).filter((name) => {
  const manifest = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
  return wanted.length > 0 ? wanted.includes(name) : manifest.ci !== false;
});
const failed = names.filter((name) => {
  console.log(`\n── example ${name}`);
  return spawnSync("npm", ["test"], { cwd: join(folder, name), stdio: "inherit" }).status !== 0;
});
console.log(
  `\n${names.length - failed.length} examples passed, ${failed.length} failed${failed.map((name) => ` · ${name}`).join("")}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
