import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { withLock } from "@vitest-machines/host";
import { LayerStore } from "../../../src/layers/store/store.ts";
import { aStore, counting, facts, fill, inputs, key, storeLayer } from "./a-store.ts";

/** Names in the store's root that are layers, and everything in its other folders but locks. */
function contents(root: string): string[] {
  const hidden = [".use", ".work"].flatMap((name) => readdirSync(join(root, name)).map((entry) => `${name}/${entry}`));
  return [...readdirSync(root).filter((name) => !name.startsWith(".")), ...hidden];
}

test("a built layer is complete, private, and found again by anybody", async () => {
  const { store, root } = aStore();
  const layer = await store.obtain(key, inputs, fill);
  expect(layer).toMatchObject({ key, folder: join(root, key), inputs, facts });
  expect(readdirSync(join(root, key), { recursive: true }).sort()).toEqual(
    ["manifest.json", "n1", "n1/devices", "n1/ram", "verified.json"].sort(),
  );
  expect(readFileSync(join(root, key, "n1/devices"), "utf8")).toBe("state");
  for (const [path, mode] of Object.entries({ "": 0o700, n1: 0o700, "n1/ram": 0o600, "manifest.json": 0o600 })) {
    expect(statSync(join(root, key, path)).mode & 0o777, path).toBe(mode);
  }
  const found = await new LayerStore({ root }).find(key);
  expect(found).toMatchObject({ key, folder: layer?.folder, createdAt: layer?.createdAt, inputs, facts });
});

test("a layer that is there is not built, and what is not there is not found", async () => {
  const { store } = aStore();
  const { build, count } = counting();
  expect(await store.find(key)).toBeUndefined();
  await store.obtain(key, inputs, build);
  await store.obtain(key, inputs, build);
  expect(count()).toBe(1);
});

test("holes stay holes", async () => {
  const { store } = aStore();
  const layer = await store.obtain(key, inputs, (folder) => fill(folder, 512 << 20));
  const stat = statSync(join(layer?.folder ?? "", "n1/ram"));
  expect(stat.size).toBe(512 << 20);
  expect(stat.blocks * 512).toBeLessThan(1 << 20);
});

test("what facts cannot be in JSON they are not either at first", async () => {
  const { store } = aStore();
  const at = new Date(0);
  const layer = await store.obtain(key, inputs, async (folder) => ({ ...(await fill(folder)), facts: { at } }));
  expect(layer?.facts).toEqual({ at: "1970-01-01T00:00:00.000Z" });
});

test("releasing twice is releasing once", async () => {
  const { store, root } = aStore();
  const first = await store.obtain(key, inputs, fill);
  const second = await store.find(key);
  await first?.release();
  await first?.release();
  expect(readdirSync(join(root, ".use"))).toHaveLength(1);
  await second?.release();
  expect(readdirSync(join(root, ".use"))).toHaveLength(0);
});

describe("when there is no layer after all, nothing is left", () => {
  test("because the build says so", async () => {
    const { store, root } = aStore();
    const build = async (folder: string): Promise<undefined> => {
      await fill(folder);
      return undefined;
    };
    expect(await store.obtain(key, inputs, build)).toBeUndefined();
    expect(contents(root)).toEqual([]);
  });

  test("because the disk is full", async () => {
    const { store, root } = aStore();
    const build = async (folder: string): Promise<never> => {
      await fill(folder);
      symlinkSync("/dev/full", join(folder, "ram"));
      writeFileSync(join(folder, "ram"), "more");
      throw new Error("unreachable");
    };
    await expect(store.obtain(key, inputs, build)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(contents(root)).toEqual([]);
    await expect(store.obtain(key, inputs, fill)).resolves.toMatchObject({ key });
  });

  test.each([
    ["n1/ram2", "is missing"],
    ["../ram", "has no usable name"],
    ["/etc/passwd", "has no usable name"],
    ["n1/./ram", "has no usable name"],
    ["manifest.json", "has no usable name"],
    ["n1", "is not a regular file"],
    ["link", "is not a regular file"],
    ["n1/devices", "is named twice"],
  ])("because a layer cannot hold %j: it %s", async (path, complaint) => {
    const { store, root } = aStore();
    const draft = store.obtain(key, inputs, async (folder) => {
      const { files } = await fill(folder);
      symlinkSync("/etc/hostname", join(folder, "link"));
      return { files: [...files, path], facts };
    });
    await expect(draft).rejects.toMatchObject({ code: "LAYER_INVALID", summary: expect.stringContaining(complaint) });
    expect(contents(root)).toEqual([]);
  });
});

test("who waits for a build says so, and can give up", async () => {
  const { store, root } = aStore();
  await storeLayer(store, "another");
  const abort = new AbortController();
  const onWait = vi.fn(() => abort.abort(new Error("enough")));
  await withLock(join(root, ".locks", key), async () => {
    const waiting = store.obtain(key, inputs, fill, { signal: abort.signal, onWait });
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", summary: "stopped waiting: enough" });
  });
  expect(onWait).toHaveBeenCalledOnce();
  expect(await store.find(key)).toBeUndefined();
});

test("layers may share files, and neither loses them with the other", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  await storeLayer(store, "second", (folder) => {
    linkSync(join(root, key, "n1/ram"), join(folder, "ram"));
    return Promise.resolve({ files: ["ram"], facts });
  });
  expect(statSync(join(root, "second/ram")).ino).toBe(statSync(join(root, key, "n1/ram")).ino);
  const onNotice = vi.fn();
  const second = await store.find("second", { onNotice });
  expect((await store.prune({ all: true })).removed.map((layer) => layer.key)).toEqual([key]);
  expect(await store.find("second", { onNotice })).toMatchObject({ folder: second?.folder });
  expect(onNotice).not.toHaveBeenCalled();
});

test("a hit takes a few milliseconds, however large the files are", async () => {
  const { store } = aStore();
  const files = Array.from({ length: 6 }, (_, index) => `n${index}`);
  await storeLayer(store, key, (folder) => {
    for (const file of files) writeFileSync(join(folder, file), Buffer.alloc(8 << 20, file));
    return Promise.resolve({ files, facts });
  });
  const times: number[] = [];
  for (let index = 0; index < 20; index++) {
    const startedAt = performance.now();
    const layer = await store.find(key);
    times.push(performance.now() - startedAt);
    await layer?.release();
  }
  // The best of many: other tests run at the same time. Hashing alone would take thirty.
  expect(Math.min(...times)).toBeLessThan(15);
});

test("a store that others can enter is refused", async () => {
  const { store, root } = aStore();
  mkdirSync(root, { mode: 0o755 });
  await expect(store.find(key)).rejects.toMatchObject({ code: "FOLDER_UNSAFE" });
});

test.each(["", "../x", "A", ".use", "a/b"])("%j is no key", async (bad) => {
  await expect(aStore().store.find(bad)).rejects.toMatchObject({ code: "LAYER_INVALID" });
});
