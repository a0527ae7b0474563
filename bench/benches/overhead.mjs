// A Vitest file that uses no cluster: whole process with the plugin against without it.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure, paired } from "../report.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

function project(name, config) {
  const folder = join(base(), name);
  mkdirSync(folder);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "vitest.config.mjs"), config);
  writeFileSync(
    join(folder, "plain.test.mjs"),
    `import { expect, it } from "vitest";\nit("adds", () => expect(1 + 1).toBe(2));\n`,
  );
  return () => {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run"],
      { cwd: folder },
    );
    if (status !== 0) throw new Error(`vitest failed:\n${stdout}${stderr}`);
    return performance.now() - start;
  };
}

let folder;
const base = () => (folder ??= mkdtempSync(join(root, "bench", "tmp-")));

export default async function overhead(rounds = 9) {
  try {
    const on = project(
      "on",
      `import { machines } from "vitest-machines/plugin";\nexport default { plugins: [machines()] };\n`,
    );
    const off = project("off", "export default {};\n");
    on();
    off();
    const { value, baseline } = await paired(rounds, on, off);
    const added = { metric: "overhead-added", value: value - baseline };
    return [
      figure({ bench: "overhead", value, unit: "ms", baseline }),
      figure({ bench: "overhead", ...added, unit: "ms", baseline }),
    ];
  } finally {
    rmSync(base(), { recursive: true, force: true });
  }
}
