import { linkSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownIdentity } from "@vitest-machines/host";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LayerStore, spareDiskBytes } from "../../../src/layers/store/store.ts";
import { makeOwnedName } from "../../../src/layers/store/owned-name.ts";
import { aStore, facts, fill, filled, inputs, key, storeLayer } from "./a-store.ts";

const hour = 3600_000;
const kibibyte = 1024;

/** Makes a layer look as if it was last used then. */
function lastUsed(root: string, name: string, hoursAgo: number): void {
  const then = new Date(Date.now() - hoursAgo * hour);
  utimesSync(join(root, name), then, then);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

const keysOf = (layers: readonly { key: string }[]): string[] => layers.map((layer) => layer.key);

test("the list says what people want to know, the most recently used first", async () => {
  const { store, root } = aStore();
  await storeLayer(store, "older", filled(100));
  await storeLayer(store, "newer", filled(200));
  lastUsed(root, "older", 2);
  const used = await store.find("newer");
  const [newer, older] = await store.list();
  expect(newer).toMatchObject({ key: "newer", folder: used?.folder, inUse: true, ...facts, problem: undefined });
  expect(newer?.createdAt).toEqual(used?.createdAt);
  expect(older).toMatchObject({ key: "older", inUse: false });
  expect(Date.now() - (older?.lastUsedAt.getTime() ?? 0)).toBeGreaterThan(hour);
  // The holes at the end of its files are not on the disk; manifest and stamps are, in a block each.
  expect(newer?.bytes).toBeGreaterThanOrEqual(200 * kibibyte);
  expect(newer?.bytes).toBeLessThan(250 * kibibyte);
});

test("the list says what is wrong with a layer", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  rmSync(join(root, key, "manifest.json"));
  expect(await store.list()).toMatchObject([
    { key, problem: "manifest.json is missing", cluster: undefined, machines: [] },
  ]);
});

test("a shared file counts once", async () => {
  const { store, root } = aStore();
  await storeLayer(store, "older", filled(1_000));
  await storeLayer(store, "newer", (folder) => {
    linkSync(join(root, "older/ram"), join(folder, "ram"));
    return Promise.resolve({ files: ["ram"], facts });
  });
  const bytes = Object.fromEntries((await store.list()).map((layer) => [layer.key, layer.bytes]));
  expect(bytes["older"]).toBeGreaterThanOrEqual(1_000 * kibibyte);
  expect(bytes["newer"]).toBeLessThan(100 * kibibyte);
});

test("pruning removes what is too old, then the least recently used", async () => {
  const { store, root } = aStore({ maxBytes: 250 * kibibyte, maxAgeMs: 10 * hour });
  for (const [name, hoursAgo] of Object.entries({ ancient: 11, old: 3, middle: 2 })) {
    await storeLayer(new LayerStore({ root }), name, filled(100));
    lastUsed(root, name, hoursAgo);
  }
  await storeLayer(new LayerStore({ root }), "young", filled(100));
  const { removed, kept } = await store.prune();
  expect(removed.map((layer) => [layer.key, layer.reason])).toEqual([
    ["ancient", "age"],
    ["old", "size"],
  ]);
  expect(keysOf(kept)).toEqual(["young", "middle"]);
  expect(keysOf(await store.list())).toEqual(["young", "middle"]);
});

test("a store that has grown is pruned, and what was just made stays although it is too large", async () => {
  const { store, root } = aStore({ maxBytes: 150 * kibibyte });
  await storeLayer(store, "first", filled(100));
  lastUsed(root, "first", 1);
  const second = await store.obtain("second", inputs, filled(200));
  expect(keysOf(await store.list())).toEqual(["second"]);
  await second?.release();
  expect(keysOf((await store.prune()).removed)).toEqual(["second"]);
});

test("finding a layer makes it a recently used one", async () => {
  const { store, root } = aStore({ maxBytes: 150 * kibibyte });
  for (const name of ["one", "two"]) await storeLayer(new LayerStore({ root }), name, filled(100));
  lastUsed(root, "one", 5);
  lastUsed(root, "two", 4);
  await (await store.find("one"))?.release();
  expect(keysOf((await store.prune()).removed)).toEqual(["two"]);
});

test("the time that ages are measured against can be given", async () => {
  const { store } = aStore();
  await storeLayer(store);
  const day = 24 * hour;
  expect((await store.prune({ now: new Date(Date.now() + 13 * day) })).removed).toEqual([]);
  expect(keysOf((await store.prune({ now: new Date(Date.now() + 15 * day) })).removed)).toEqual([key]);
});

describe("processes in other containers", () => {
  const foreign = { ...ownIdentity(), pidNamespace: "pid:[1]" };
  const mark = (root: string, kind: string, hoursAgo: number): void => {
    const file = join(root, ".use", makeOwnedName(kind, key, foreign));
    const then = new Date(Date.now() - hoursAgo * hour);
    writeFileSync(file, "");
    utimesSync(file, then, then);
  };

  test("count as users for a day", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    mark(root, "use", 23);
    expect(await store.prune({ all: true })).toMatchObject({ removed: [], kept: [{ key, inUse: true }] });
    rmSync(join(root, ".use", readdirSync(join(root, ".use"))[0] ?? ""));
    mark(root, "use", 25);
    expect((await store.prune({ all: true })).removed).toHaveLength(1);
    expect(readdirSync(join(root, ".use"))).toEqual([]);
  });

  test("that are about to remove a layer make it a miss, for a minute", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    mark(root, "end", 0);
    expect(await store.find(key)).toBeUndefined();
    await expect(store.obtain(key, inputs, fill)).rejects.toMatchObject({ code: "LOCK_FAILED" });
    rmSync(join(root, ".use", readdirSync(join(root, ".use"))[0] ?? ""));
    mark(root, "end", 1);
    expect(await store.find(key)).toMatchObject({ key });
  });

  test("of an earlier boot are gone", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    const gone = { ...ownIdentity(), bootId: "00000000-0000-0000-0000-000000000000" };
    for (const kind of ["use", "end"]) writeFileSync(join(root, ".use", makeOwnedName(kind, key, gone)), "");
    await (await store.find(key))?.release();
    expect((await store.prune({ all: true })).removed).toHaveLength(1);
  });
});

test("marks of killed processes do not pile up where nobody prunes", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  const gone = { ...ownIdentity(), startTime: "1" };
  for (let index = 0; index < 100; index++) writeFileSync(join(root, ".use", makeOwnedName("use", key, gone)), "");
  await store.find(key);
  expect(readdirSync(join(root, ".use"))).toHaveLength(1);
});

describe("room", () => {
  test("is there, or the reason says what is missing", async () => {
    const { store } = aStore({ maxBytes: 100 << 20 });
    expect(await store.roomFor(1 << 20)).toEqual({ fits: true });
    expect(await store.roomFor(101 << 20)).toEqual({
      fits: false,
      reason: "it takes 101 MiB and all layers together may have 100 MiB",
    });
  });

  test("is made by pruning, and not found where the disk has none", async () => {
    const { store, root } = aStore({ maxBytes: Infinity });
    await storeLayer(store);
    const used = await store.obtain("used", inputs, fill);
    const { fits, reason } = await store.roomFor(2 ** 60);
    expect(fits).toBe(false);
    expect(reason).toMatch(new RegExp(`and ${root} has \\d+ MiB free, of which 512 MiB stay free$`));
    expect(spareDiskBytes).toBe(512 << 20);
    expect(keysOf(await store.list())).toEqual(["used"]);
    await used?.release();
  });
});

test.each(["", "10"])("VITEST_MACHINES_LAYERS_MIB=%j is fine", (value) => {
  vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", value);
  expect(() => new LayerStore()).not.toThrow();
});

test("VITEST_MACHINES_LAYERS_MIB is the size, when it is a number", async () => {
  vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", "1");
  const { store } = aStore();
  expect(await store.roomFor(2 << 20)).toMatchObject({ reason: expect.stringContaining("may have 1 MiB") });
  vi.stubEnv("VITEST_MACHINES_LAYERS_MIB", "10G");
  expect(() => new LayerStore()).toThrow('VITEST_MACHINES_LAYERS_MIB is "10G", but must be a whole number of MiB.');
});
