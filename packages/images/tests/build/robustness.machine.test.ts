import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync, writeSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { debian } from "../../src/debian/debian.ts";
import type { DebianOptions } from "../../src/debian/options.ts";
import { tiny } from "../../src/tiny/tiny.ts";

const run = promisify(execFile);
const entrance = new URL("../../dist/index.js", import.meta.url).href;
const stages = import.meta.resolve("@vitest-machines/host");

let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "vm-robust-"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

/** Runs a program in which the cache folder is a file system of `size`, and nothing outside sees it. */
async function onSmallDisk(size: string, program: string): Promise<string> {
  const mount = `mount -t tmpfs -o size=${size} tmpfs "$VITEST_MACHINES_CACHE" && exec "$@"`;
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const node = [process.execPath, "--input-type=module", "--eval", program];
  const { stdout } = await run("unshare", [...user, "--mount", "sh", "-c", mount, "sh", ...node], {
    env: { ...process.env, VITEST_MACHINES_CACHE: cache },
  });
  return stdout;
}

/** Says how a promise was rejected, and what is left in the cache folder. */
const report = `
  const failure = (promise) => promise.then(() => ({ message: "it was built" }), (error) => error);
  const tell = (error) => {
    const left = readdirSync(process.env.VITEST_MACHINES_CACHE, { recursive: true }).filter((name) => !name.endsWith(".lock"));
    console.log(JSON.stringify({ message: error.message, facts: error.facts, left }));
  };
`;

interface Report {
  readonly message: string;
  readonly facts: { readonly folder: string; readonly freeBytes: number; readonly neededBytes?: number };
  readonly left: readonly string[];
}

describe("a full disk", () => {
  test("is noticed before anything is downloaded: what is free, what is needed, what to do", async () => {
    const { message, facts, left } = JSON.parse(
      await onSmallDisk(
        "40m",
        `import { readdirSync } from "node:fs"; import { tiny } from ${JSON.stringify(entrance)}; ${report}
         tell(await failure(tiny().prepare()));`,
      ),
    ) as Report;
    expect(message).toMatch(
      /^IMAGE_BUILD_FAILED: cannot build the tiny image: \S+ has 4\d MB free, and about 150 MB are needed\nFree some \(npx vitest-machines images prune/,
    );
    expect(facts).toMatchObject({ folder: expect.stringContaining(cache), neededBytes: 150e6 });
    expect(left).toEqual(
      ["images", "images/packages", "images/packages/partial"].filter((name) => left.includes(name)),
    );
  });

  test("in the middle of a build leaves nothing half-made", async () => {
    const { message, facts, left } = JSON.parse(
      await onSmallDisk(
        "2m",
        `import { readdirSync, writeFileSync } from "node:fs"; import { join } from "node:path";
         import { obtainStage } from ${JSON.stringify(stages)};
         import { explainingFailures } from ${JSON.stringify(new URL("../../dist/build/build-failure.js", import.meta.url).href)}; ${report}
         const build = async (folder) => writeFileSync(join(folder, "disk"), Buffer.alloc(4e6, "x"));
         const root = process.env.VITEST_MACHINES_CACHE;
         tell(await failure(explainingFailures("debian", undefined, () => obtainStage(root, { name: "large", build }))));`,
      ),
    ) as Report;
    expect(message).toMatch(
      /^IMAGE_BUILD_FAILED: cannot build the debian image: ENOSPC.*\n.* is full: 2\.\d MB are free now\. .*\nFree some/,
    );
    expect(facts.folder).toBe(cache);
    expect(left).toEqual([]);
  });
});

/** Builds an image in a process of its own, until it says `phase`; then the process is killed. */
async function killedAt(phase: RegExp, declaration: string): Promise<void> {
  const program = `import { tiny, debian } from ${JSON.stringify(entrance)};
    await ${declaration}.prepare({ onProgress: ({ phase }) => console.log(phase) });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, VITEST_MACHINES_CACHE: cache },
  });
  const exited = once(child, "exit");
  for await (const line of createInterface(child.stdout)) {
    if (phase.test(line)) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
}

/** Processes that were told of the cache folder, or work in it. */
function strays(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(cache);
    } catch {
      // It has ended.
      return false;
    }
  });
}

async function untilNoStrays(): Promise<void> {
  const end = performance.now() + 20_000;
  while (strays().length > 0 && performance.now() < end) await sleep(50);
  expect(strays()).toEqual([]);
  expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(cache);
}

const leftovers = (): string[] => readdirSync(join(cache, "images")).filter((name) => name.startsWith("."));

describe("a build that was killed", () => {
  test("leaves no process and no mount; the next one succeeds, without downloading anything twice", async () => {
    await killedAt(/^unpacking packages/, "tiny()");
    await untilNoStrays();
    expect(leftovers()).not.toEqual([]);
    vi.stubEnv("VITEST_MACHINES_CACHE", cache);
    const phases: string[] = [];
    await tiny().prepare({ onProgress: ({ phase }) => phases.push(phase) });
    expect(phases[0]).toBe("reading package lists");
    expect(phases.join("\n")).not.toContain("downloading");
    expect(leftovers()).toEqual([]);
  });

  test("or whose downloads were damaged since: what is damaged is noticed and downloaded again", async () => {
    const packages = join(cache, "images/packages");
    const [name = ""] = readdirSync(packages).filter((file) => file.startsWith("busybox-static_"));
    const file = join(packages, name);
    chmodSync(file, 0o644);
    const handle = openSync(file, "r+");
    writeSync(handle, "damage", 1000);
    closeSync(handle);
    for (const stage of readdirSync(join(cache, "images")).filter((entry) =>
      /^(tiny|packages)-.*[0-9a-f]$/.test(entry),
    )) {
      rmSync(join(cache, "images", stage), { recursive: true });
    }
    const [notices, phases]: [string[], string[]] = [[], []];
    await tiny().prepare({
      onNotice: (text) => notices.push(text),
      onProgress: ({ phase }) => phases.push(phase),
    });
    expect(notices).toEqual([`${file} was altered; downloading it again`]);
    expect(phases).toContainEqual(expect.stringMatching(/^downloading packages, 0\.0 of 0\.\d MB$/));
  });

  test.runIf(process.env["NIGHTLY"]).each<[string, RegExp, DebianOptions]>([
    ["downloads", /^downloading packages, [1-9]/, {}],
    ["installs", /^installing packages/, { packages: ["hello"] }],
    ["makes the disk of", /^making the disk/, { packages: ["hello"], run: ["true"] }],
  ])("that %s a Debian image, too", { timeout: 600_000 }, async (_what, phase, options) => {
    vi.stubEnv("VITEST_MACHINES_CACHE", cache);
    await killedAt(phase, `debian(${JSON.stringify(options)})`);
    await untilNoStrays();
    await debian(options).prepare();
    expect(leftovers()).toEqual([]);
    await untilNoStrays();
  });
});
