// Watch mode: a test file of a suite with two machines is saved → its result is printed. Baseline: the same with --no-layers.
// What Vitest itself takes for a file without machines stands beside it, because nothing of ours can be faster.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "@vitest-machines/host";
import { figure, median, paired } from "../report.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Nobody edits faster, and so long forks that are made ahead of time may take. */
const pauseMs = 3_000;
const limitMs = 120_000;

const suite = (word) => `
import { describe, expect } from "vitest";
import { cluster } from "vitest-machines";
describe("pair", () => {
  const { it, one, two } = cluster({ nodes: { one: {}, two: {} } });
  it("says ${word}", async () => {
    await one.succeed("ping -c1 two");
    expect(await two.succeed("echo ${word}")).toBe("${word}\\n");
  });
});
`;

const plain = (word) => `
import { expect, it } from "vitest";
it("says ${word}", () => expect("${word}").toBe("${word}"));
`;

/** A cache without layers, and with the user's images. */
function cacheIn(folder) {
  const cache = join(folder, "cache");
  mkdirSync(cache, { mode: 0o700 });
  mkdirSync(join(cacheFolder(), "images"), { recursive: true, mode: 0o700 });
  symlinkSync(join(cacheFolder(), "images"), join(cache, "images"));
  for (const name of readdirSync(cacheFolder())) {
    if (name.endsWith(".json")) copyFileSync(join(cacheFolder(), name), join(cache, name));
  }
  return cache;
}

/** Copies, as users have them: Vite transforms what a link leads out of node_modules, and takes everything else as it is. */
function install(folder) {
  for (const name of readdirSync(join(root, "packages"))) {
    const { name: full, files } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    for (const file of ["package.json", ...files.filter((one) => !one.startsWith("!"))]) {
      cpSync(join(root, "packages", name, file), join(folder, "node_modules", full, file), { recursive: true });
    }
  }
}

/** A Vitest that watches a project; `edit` saves its test file and settles, with the time it took, when the result is printed. */
function watch(folder, env, test, ...more) {
  mkdirSync(folder);
  const config = `import { machines } from "vitest-machines/plugin";\nexport default { plugins: [machines()] };\n`;
  writeFileSync(join(folder, "vitest.config.mjs"), config);
  const file = join(folder, "pair.test.mjs");
  writeFileSync(file, test("first"));
  const argv = [join(root, "node_modules/vitest/vitest.mjs"), "--watch", ...more];
  const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  // eslint-disable-next-line no-control-regex -- colours start with it
  const printed = () => text.replace(/\x1b\[[0-9;]*m/g, "");
  const result = async (from, pattern) => {
    const end = performance.now() + limitMs;
    while (!pattern.test(printed().slice(from))) {
      if (performance.now() > end || child.exitCode !== null) throw new Error(`no result in:\n${printed()}`);
      await delay(2);
    }
    if (!/Tests\s+1 passed/.test(printed().slice(from))) throw new Error(`the test failed:\n${printed()}`);
  };
  let count = 0;
  return {
    first: () => result(0, /Waiting for file changes|Duration/),
    edit: async () => {
      await delay(pauseMs);
      const from = printed().length;
      const start = performance.now();
      writeFileSync(file, test(`word-${++count}`));
      await result(from, /Tests\s+\d+ \w+/);
      const time = performance.now() - start;
      await result(from, /Duration/);
      return { time, printed: printed().slice(from) };
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGINT");
      await ended;
    },
  };
}

export default async function watchBench(rounds = 7) {
  const folder = mkdtempSync(join(root, "bench", "tmp-"));
  // With retries: the keeper ends its machines after Vitest has gone, and they write into the cache until then.
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.once("exit", removeFolder);
  const env = { ...process.env, VITEST_MACHINES_CACHE: cacheIn(folder), VITEST_MACHINES_LAYERS: "" };
  // On CI Vitest does not watch.
  delete env.CI;
  install(folder);
  const watchers = [];
  /** A figure that was not measured on what it is about would be worse than none. */
  const timed = async (watcher, wanted) => {
    const { time, printed } = await watcher.edit();
    if (!wanted.test(printed)) throw new Error(`not ${String(wanted)}:\n${printed}`);
    return time;
  };
  try {
    watchers.push(
      watch(join(folder, "layers"), env, suite),
      watch(join(folder, "cold"), env, suite, "--", "--no-layers"),
      watch(join(folder, "plain"), env, plain),
    );
    for (const watcher of watchers) await watcher.first();
    const [layered, cold, bare] = watchers;
    const floor = [];
    const { value, baseline } = await paired(
      rounds,
      async () => {
        floor.push(await timed(bare, /Tests/));
        return timed(layered, /pair: forked in .* ahead of time/);
      },
      () => timed(cold, /pair: booted in/),
    );
    const [bench, unit] = ["watch", "ms"];
    return [
      figure({ bench, value, unit, baseline }),
      figure({ bench, metric: "watch-vitest-alone", value: median(floor), unit, baseline }),
    ];
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
    removeFolder();
  }
}
