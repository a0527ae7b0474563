import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { startStoreProcess } from "../a-process.ts";
import { aStore, facts, fill, inputs, key, storeLayer, temporaryFolder } from "../a-store.ts";

const fromSparse = (folder: string): ReturnType<typeof fill> => fill(folder, 64 << 20);

/** Two layers that share a file, in one exported file. */
async function exported(): Promise<{ file: string; folder: string; root: string }> {
  const { store, root } = aStore();
  await storeLayer(store, key, fromSparse);
  await storeLayer(store, "second", (folder) => {
    linkSync(join(root, key, "n1/ram"), join(folder, "ram"));
    return Promise.resolve({ files: ["ram"], facts });
  });
  const folder = temporaryFolder();
  // A colon, which tar takes for the end of a host's name if it may.
  const file = join(folder, "layers: all.tar.gz");
  const report = await store.exportTo([], file);
  expect(report).toEqual({ file, bytes: statSync(file).size, keys: expect.arrayContaining([key, "second"]) });
  return { file, folder, root };
}

/** A compressed tar of a folder's entries, as a stranger could make one. */
function archive(folder: string, ...argv: string[]): string {
  const file = join(temporaryFolder(), "stranger.tar.gz");
  execFileSync("tar", ["--create", "--gzip", "--file", file, "--directory", folder, ...argv]);
  return file;
}

test("layers go into one private file and come out of it as they were", async () => {
  const { file, folder, root: origin } = await exported();
  expect(readdirSync(folder)).toEqual(["layers: all.tar.gz"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(file).size).toBeLessThan(100_000);
  const { store, root } = aStore();
  expect(await store.importFrom(file)).toEqual([
    { key, isNew: true },
    { key: "second", isNew: true },
  ]);
  const onNotice = vi.fn();
  const layer = await store.find(key, { onNotice });
  expect(onNotice).not.toHaveBeenCalled();
  expect(layer).toMatchObject({ key, inputs, facts, folder: join(root, key) });
  expect(readFileSync(join(root, key, "n1/ram")).equals(readFileSync(join(origin, key, "n1/ram")))).toBe(true);
  const [ram, shared] = [statSync(join(root, key, "n1/ram")), statSync(join(root, "second/ram"))];
  expect(ram.blocks * 512).toBeLessThan(1 << 20);
  expect(shared.ino).toBe(ram.ino);
  expect(ram.mode & 0o777).toBe(0o600);
  expect(readdirSync(join(root, ".work"))).toEqual([]);
  // It was used now, however old the file is.
  expect(Date.now() - ((await store.list())[0]?.lastUsedAt.getTime() ?? 0)).toBeLessThan(60_000);
});

test("only what is asked for is exported, and must be there and good", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  await storeLayer(store, "second");
  const file = join(temporaryFolder(), "one.tar.gz");
  expect((await store.exportTo(["second"], file)).keys).toEqual(["second"]);
  expect(await aStore().store.importFrom(file)).toEqual([{ key: "second", isNew: true }]);
  await expect(store.exportTo(["third"], file)).rejects.toMatchObject({ summary: "there is no layer third." });
  rmSync(join(root, key, "n1/ram"));
  await expect(store.exportTo([key], file)).rejects.toMatchObject({ code: "LAYER_INVALID" });
  await expect(aStore().store.exportTo([], file)).rejects.toMatchObject({ summary: "there is no layer to export." });
  expect(readdirSync(join(root, ".use"))).toEqual([]);
});

test("a layer that is there stays, and a damaged one is replaced", async () => {
  const { file } = await exported();
  const { store, root } = aStore();
  await storeLayer(store, key, fromSparse);
  await store.importFrom(file);
  const { ino } = statSync(join(root, key, "n1/ram"));
  rmSync(join(root, "second/ram"));
  expect(await store.importFrom(file)).toEqual([
    { key, isNew: false },
    { key: "second", isNew: true },
  ]);
  expect(statSync(join(root, key, "n1/ram")).ino).toBe(ino);
});

describe("nothing is imported", () => {
  async function refused(file: string, message: RegExp): Promise<void> {
    const { store, root } = aStore();
    await expect(store.importFrom(file)).rejects.toMatchObject({
      code: "LAYER_INVALID",
      message: expect.stringMatching(message),
    });
    expect(await store.list()).toEqual([]);
    expect(readdirSync(join(root, ".work"))).toEqual([]);
  }

  /** A copy of a good layer's folder, to be spoilt. */
  async function copied(): Promise<string> {
    const { store, root } = aStore();
    await storeLayer(store);
    const folder = temporaryFolder();
    await cp(join(root, key), join(folder, key), { recursive: true });
    rmSync(join(folder, key, "verified.json"));
    return folder;
  }

  test("from a truncated file", async () => {
    const { file, folder } = await exported();
    const half = join(folder, "half.tar.gz");
    writeFileSync(half, readFileSync(file).subarray(0, statSync(file).size / 2));
    await refused(half, /tar could not work on .*half\.tar\.gz\.\ntar says:\n/);
  });

  test("from what is no such file, or is not there", async () => {
    const text = join(temporaryFolder(), "text");
    writeFileSync(text, "text");
    await refused(text, /tar could not work on/);
    await refused("/nowhere/file", /\/nowhere\/file cannot be read\./);
    await refused("/tmp", /\/tmp is not a file\./);
  });

  test("when one file of one layer is damaged", async () => {
    const folder = await copied();
    await cp(join(folder, key), join(folder, "aaaa"), { recursive: true });
    writeFileSync(join(folder, key, "n1/devices"), "STATE");
    await refused(archive(folder, key), /is damaged; nothing was imported\.\nlayer 0123.*:\nn1\/devices was altered/);
    await refused(archive(folder, "aaaa"), /it is the layer 0123/);
  });

  test("when a layer has more than its manifest says, or none", async () => {
    const folder = await copied();
    writeFileSync(join(folder, key, "more"), "");
    await refused(archive(folder, key), /more is not in its manifest/);
    rmSync(join(folder, key, "manifest.json"));
    await refused(archive(folder, key), /manifest\.json cannot be read: ENOENT/);
  });

  test("when its entries leave the store", async () => {
    const folder = await copied();
    writeFileSync(join(folder, "outside"), "");
    mkdirSync(join(folder, "deep"));
    await refused(archive(join(folder, "deep"), "--absolute-names", "../outside"), /the entry:\n.*\.\.\/outside/);
    await refused(archive(folder, "--absolute-names", join(folder, "outside")), /the entry:/);
    rmSync(join(folder, key, "n1/ram"));
    symlinkSync("/etc/passwd", join(folder, key, "n1/ram"));
    await refused(archive(folder, key), /the entry:\nl/);
    // A link to a folder, and then a file through it.
    const trick = temporaryFolder();
    mkdirSync(join(trick, "one"));
    symlinkSync("/tmp", join(trick, "one/aaaa"));
    mkdirSync(join(trick, "two/aaaa"), { recursive: true });
    writeFileSync(join(trick, "two/aaaa/vm-layers-trick"), "");
    await refused(archive(trick, "-C", "one", "aaaa", "-C", "../two", "aaaa/vm-layers-trick"), /the entry:\nl/);
  });

  test("when one name comes twice", async () => {
    const folder = await copied();
    await refused(archive(folder, key, "--hard-dereference", `${key}/n1/ram`), /tar could not work/);
  });
});

test("a killed import leaves nothing visible, and pruning cleans up", async () => {
  const { file } = await exported();
  const { store, root } = aStore();
  await store.list();
  const importer = startStoreProcess(
    root,
    `
    const { watch } = await import("node:fs");
    watch(${JSON.stringify(join(root, ".work"))}, () => process.kill(process.pid, "SIGKILL"));
    say("ready");
    await store.importFrom(${JSON.stringify(file)});
    say("imported");`,
  );
  expect(await importer.line()).toBe("ready");
  await expect(importer.line()).rejects.toThrow("ended without a further line");
  expect(await store.list()).toEqual([]);
  expect((await store.prune()).leftovers).toBe(1);
  expect(readdirSync(join(root, ".work"))).toEqual([]);
});
