import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { obtainStage, type Stage } from "../../src/cache/stage.ts";
import { readManifest } from "../../src/cache/manifest.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let builds = 0;
beforeEach(() => {
  builds = 0;
});

const stage: Stage = {
  name: "sample-1",
  async build(folder) {
    builds++;
    await mkdir(join(folder, "parts"));
    await writeFile(join(folder, "big"), "b".repeat(10_000));
    await writeFile(join(folder, "parts/small"), "s");
    await writeFile(join(folder, "scratch"), "not part of the product");
    return { files: ["big", "parts/small"], facts: { suite: "bookworm" }, packages: { busybox: "1.35" } };
  },
};

async function built(): Promise<{ root: string; folder: string }> {
  const root = join(temporaryFolder(), "deeper");
  const { folder } = await obtainStage(root, stage);
  return { root, folder };
}

/** Obtains the stage again and returns what was said meanwhile. */
async function again(root: string): Promise<string[]> {
  const notices: string[] = [];
  await obtainStage(root, stage, { onNotice: (text) => notices.push(text) });
  return notices;
}

/** Overwrites bytes as a program would that wants to hide it: same size, same times. */
function alter(file: string): void {
  const { atime, mtime } = statSync(file);
  chmodSync(file, 0o644);
  writeFileSync(file, "x", { flag: "r+" });
  chmodSync(file, 0o444);
  utimesSync(file, atime, mtime);
}

test("builds into a complete folder with a manifest, and leaves nothing else", async () => {
  const { root, folder } = await built();
  expect(readdirSync(folder).sort()).toEqual(["big", "manifest.json", "parts", "verified.json"]);
  expect(readdirSync(root).sort()).toEqual(["sample-1", "sample-1.lock"]);
  expect(statSync(join(folder, "big")).mode & 0o777).toBe(0o444);
  const manifest = readManifest(readFileSync(join(folder, "manifest.json"), "utf8"));
  expect(manifest).toMatchObject({
    name: "sample-1",
    facts: { suite: "bookworm" },
    packages: { busybox: "1.35" },
    files: [
      { path: "big", size: 10_000, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      { path: "parts/small", size: 1 },
    ],
  });
});

test("finds what is built, without a word and without building", async () => {
  const { root } = await built();
  expect(await again(root)).toEqual([]);
  expect(builds).toBe(1);
});

test.each([
  ["truncated", "big", (file: string) => truncateSync(file, 5_000), /big has 5000 bytes instead of 10000/],
  ["altered in place", "big", alter, /big was altered/],
  ["altered in place", "parts/small", alter, /parts\/small was altered/],
  ["removed", "parts/small", (file: string) => rmSync(file), /parts\/small is missing/],
  ["altered in place", "manifest.json", alter, /manifest.json/],
  ["truncated", "manifest.json", (file: string) => truncateSync(file, 50), /manifest.json/],
])("notices a file that was %s (%s), says so and builds again", async (_what, name, damage, reason) => {
  const { root, folder } = await built();
  damage(join(folder, name));
  const notices = await again(root);
  expect(notices).toHaveLength(1);
  expect(notices[0]).toMatch(reason);
  expect(notices[0]).toContain("building it again");
  expect(builds).toBe(2);
  expect(readFileSync(join(folder, "big"), "utf8")).toBe("b".repeat(10_000));
  expect(await again(root)).toEqual([]);
  expect(builds).toBe(2);
});

test("builds silently where the manifest is gone, as if nothing was there", async () => {
  const { root, folder } = await built();
  rmSync(join(folder, "manifest.json"));
  expect(await again(root)).toEqual([]);
  expect(builds).toBe(2);
});

test("accepts files that were only copied or touched, after hashing them", async () => {
  const { root, folder } = await built();
  await cp(folder, `${folder}.copy`, { recursive: true });
  rmSync(folder, { recursive: true });
  await cp(`${folder}.copy`, folder, { recursive: true });
  utimesSync(join(folder, "big"), new Date(), new Date());
  const before = readFileSync(join(folder, "verified.json"), "utf8");
  expect(await again(root)).toEqual([]);
  expect(builds).toBe(1);
  expect(readFileSync(join(folder, "verified.json"), "utf8")).not.toBe(before);
});

test("hashes everything when the record of the last check is damaged", async () => {
  const { root, folder } = await built();
  writeFileSync(join(folder, "verified.json"), "{");
  expect(await again(root)).toEqual([]);
  expect(builds).toBe(1);
});

test("leaves nothing behind when building fails, and the error as it is", async () => {
  const root = temporaryFolder();
  const failing: Stage = {
    name: "sample-1",
    build: async (folder) => {
      await writeFile(join(folder, "half"), "done");
      throw new Error("the mirror burned down");
    },
  };
  await expect(obtainStage(root, failing)).rejects.toThrow("the mirror burned down");
  expect(readdirSync(root)).toEqual(["sample-1.lock"]);
});

test("removes what killed builds of the same stage left, and nothing of others", async () => {
  const root = temporaryFolder();
  await mkdir(join(root, ".sample-1.dead", "product"), { recursive: true });
  await mkdir(join(root, ".sample-10.alive"));
  await obtainStage(root, stage);
  expect(existsSync(join(root, ".sample-1.dead"))).toBe(false);
  expect(existsSync(join(root, ".sample-10.alive"))).toBe(true);
});

test("builds once for many calls at the same time", async () => {
  const root = temporaryFolder();
  const all = await Promise.all(Array.from({ length: 4 }, () => obtainStage(root, stage)));
  expect(builds).toBe(1);
  expect(new Set(all.map(({ folder }) => folder)).size).toBe(1);
});
