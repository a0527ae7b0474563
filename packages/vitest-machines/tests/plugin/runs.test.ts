import { mkdtemp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it as base } from "vitest";
import { Run } from "../../src/plugin/runs.ts";

const it = base.extend("root", async ({}, { onCleanup }) => {
  const root = await mkdtemp(join(tmpdir(), "runs-"));
  onCleanup(() => rm(root, { recursive: true }));
  return root;
});

it("has a folder of its own that git ignores, and one for every cluster in it", async ({ root }) => {
  const run = await Run.begin(root, new Date("2026-01-02T03:04:05.678Z"));
  expect(run.folder).toBe(join(root, ".vitest-machines", `20260102T030405678Z-${process.pid}`));
  expect(await readFile(join(root, ".vitest-machines", ".gitignore"), "utf8")).toBe("*\n");
  const names = ["web", "web", "a web/server: größe", "../..", ""].map((name) => basename(run.clusterFolder(name)));
  expect(names).toEqual(["web", "web-2", "a-web-server-größe", "cluster", "cluster-2"]);
});

it("keeps the folders of the last five runs and what is not a run's", async ({ root }) => {
  await mkdir(join(root, ".vitest-machines", "mine"), { recursive: true });
  for (let second = 10; second < 18; second++) await Run.begin(root, new Date(`2026-01-01T00:00:${second}Z`));
  const left = (await readdir(join(root, ".vitest-machines"))).sort();
  expect(left).toEqual([
    ".gitignore",
    ...[13, 14, 15, 16, 17].map((second) => `20260101T0000${second}000Z-${process.pid}`),
    "mine",
  ]);
});
