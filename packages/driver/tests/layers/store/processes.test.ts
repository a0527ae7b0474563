import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aStore, inputs, key, storeLayer } from "./a-store.ts";
import { startStoreProcess, type StoreProcess } from "./a-process.ts";

/** A process that obtains the layer, holds it until it is told, and says every step. */
function startObtainer(root: string, buildMilliseconds: number): StoreProcess {
  return startStoreProcess(
    root,
    `
    const { writeFile, appendFile } = await import("node:fs/promises");
    const build = async (folder) => {
      await appendFile(${JSON.stringify(join(root, "..", "builds"))}, "x");
      await writeFile(folder + "/ram", "half");
      say("building");
      await new Promise((resolve) => setTimeout(resolve, ${buildMilliseconds}));
      await writeFile(folder + "/ram", "whole");
      return { files: ["ram"], facts: {} };
    };
    const layer = await store.obtain(${JSON.stringify(key)}, ${JSON.stringify(inputs)}, build, { onWait: () => say("waiting") });
    say(layer.folder);
    await told();
    await layer.release();
    say("released");`,
  );
}

test("two processes that want one layer build it once, and the second says that it waits", async () => {
  const { root } = aStore();
  const first = startObtainer(root, 1_000);
  expect(await first.line()).toBe("building");
  const second = startObtainer(root, 1_000);
  expect(await second.line()).toBe("waiting");
  expect(await first.line()).toBe(join(root, key));
  expect(await second.line()).toBe(join(root, key));
  expect(readFileSync(join(root, "../builds"), "utf8")).toBe("x");
});

test("a killed build leaves nothing visible; the next one cleans up, and so does pruning", async () => {
  const { store, root } = aStore();
  const killed = startObtainer(root, 60_000);
  expect(await killed.line()).toBe("building");
  await killed.kill();
  expect(await store.find(key)).toBeUndefined();
  expect(await store.list()).toEqual([]);
  expect(readdirSync(join(root, ".work"))).toHaveLength(1);
  const next = startObtainer(root, 0);
  expect(await next.line()).toBe("building");
  expect(await next.line()).toBe(join(root, key));
  expect(readFileSync(join(root, key, "ram"), "utf8")).toBe("whole");
  expect(readdirSync(join(root, ".work"))).toEqual([]);
  await next.kill();
  await store.prune({ all: true });
  const again = startObtainer(root, 60_000);
  expect(await again.line()).toBe("building");
  expect(await store.prune({ all: true })).toMatchObject({ leftovers: 0, removed: [] });
  await again.kill();
  expect(await store.prune()).toMatchObject({ leftovers: 1, removed: [] });
  expect(readdirSync(join(root, ".work"))).toEqual([]);
});

test("what another process uses is not pruned until it lets go", async () => {
  const { store, root } = aStore();
  const user = startObtainer(root, 0);
  await user.line();
  await user.line();
  expect(await store.prune({ all: true })).toMatchObject({ removed: [], kept: [{ key, inUse: true }] });
  user.tell();
  expect(await user.line()).toBe("released");
  expect(await store.prune({ all: true })).toMatchObject({ removed: [{ key, reason: "all" }], kept: [] });
  expect(existsSync(join(root, key))).toBe(false);
});

test("what a killed process used is pruned, and its mark with it", async () => {
  const { store, root } = aStore();
  const user = startObtainer(root, 0);
  await user.line();
  await user.line();
  await user.kill();
  expect(readdirSync(join(root, ".use"))).toHaveLength(1);
  expect(await store.list()).toMatchObject([{ key, inUse: false }]);
  expect((await store.prune({ all: true })).removed).toHaveLength(1);
  expect(readdirSync(join(root, ".use"))).toEqual([]);
});

test("finding and pruning at the same time: a plain miss or a layer that stays", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  // It looks for the layer, and as long as it has it, looks at its files as a QEMU would that opens them late.
  const finder = startStoreProcess(
    root,
    `
    const { existsSync, writeFileSync } = await import("node:fs");
    const counts = { hits: 0, misses: 0, vanished: 0, notices: [] };
    const build = async (folder) => {
      writeFileSync(folder + "/ram", "memory");
      return { files: ["ram"], facts: {} };
    };
    const onNotice = (text) => counts.notices.push(text);
    say("ready");
    for (const end = performance.now() + 3_000; performance.now() < end; ) {
      const found = await store.find(${JSON.stringify(key)}, { onNotice });
      found ? counts.hits++ : counts.misses++;
      const layer = found ?? (await store.obtain(${JSON.stringify(key)}, {}, build, { onNotice }));
      for (let look = 0; look < 20; look++) {
        if (!existsSync(layer.folder + "/manifest.json")) counts.vanished++;
        if (look % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await layer.release();
    }
    say(JSON.stringify(counts));`,
  );
  const pruner = startStoreProcess(
    root,
    `
    let removed = 0;
    say("ready");
    for (const end = performance.now() + 3_000; performance.now() < end; ) {
      removed += (await store.prune({ all: true })).removed.length;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    }
    say(String(removed));`,
  );
  await Promise.all([finder.line(), pruner.line()]);
  const counts = JSON.parse(await finder.line()) as { hits: number; misses: number; vanished: number };
  const removed = Number(await pruner.line());
  expect(counts).toMatchObject({ vanished: 0, notices: [] });
  // Both must have happened, or this has shown nothing.
  expect(counts.hits).toBeGreaterThan(0);
  expect(removed).toBeGreaterThan(0);
  expect(counts.misses).toBeGreaterThan(0);
});
