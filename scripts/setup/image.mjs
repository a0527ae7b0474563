import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./root.mjs";
import { SetupError } from "./setup-error.mjs";

/** Builds the default image, or finds it in the cache: what users do with `npx vitest-machines setup`. */
export function prepareImage() {
  const program = join(root, "packages", "vitest-machines", "dist", "cli", "main.js");
  const { status } = spawnSync(process.execPath, [program, "setup", "--quiet"], { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new SetupError("the default image could not be built; the reason is above");
}
