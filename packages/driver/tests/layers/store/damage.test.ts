import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LayerStore } from "../../../src/layers/store/store.ts";
import { aStore, counting, inputs, key, storeLayer } from "./a-store.ts";

/** Flips one bit in the middle as a failing disk would: same size, same times. */
async function flipBit(file: string): Promise<void> {
  const { atime, mtime } = statSync(file);
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 20_000);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await handle.write(byte, 0, 1, 20_000);
  await handle.close();
  utimesSync(file, atime, mtime);
}

const manifest = (folder: string): string => join(folder, "manifest.json");

const damages: [string, (folder: string) => void | Promise<void>, RegExp][] = [
  [
    "a truncated file",
    (folder) => truncateSync(join(folder, "n1/ram"), 1 << 20),
    /n1\/ram has 1048576 bytes instead of/,
  ],
  ["a flipped bit", (folder) => flipBit(join(folder, "n1/ram")), /n1\/ram was altered/],
  ["a missing file", (folder) => rmSync(join(folder, "n1/devices")), /n1\/devices is missing/],
  ["a missing manifest", (folder) => rmSync(manifest(folder)), /manifest\.json is missing/],
  ["half a manifest", (folder) => truncateSync(manifest(folder), 100), /manifest\.json is not JSON/],
  [
    "an altered manifest",
    (folder) => writeFileSync(manifest(folder), readFileSync(manifest(folder), "utf8").replace("tiny 1", "tiny 2")),
    /manifest\.json does not match its own checksum/,
  ],
  [
    "a folder where a file was",
    (folder) => {
      rmSync(manifest(folder));
      mkdirSync(manifest(folder));
    },
    /EISDIR/,
  ],
];

async function findWithNotices(store: LayerStore): Promise<{ found: boolean; notices: string[] }> {
  const notices: string[] = [];
  const layer = await store.find(key, { onNotice: (text) => notices.push(text) });
  return { found: layer !== undefined, notices };
}

describe.each(damages)("%s", (_name, damage, reason) => {
  test("is told, the layer is dropped, and the second look finds nothing to tell", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    await damage(join(root, key));
    const { found, notices } = await findWithNotices(store);
    expect(found).toBe(false);
    expect(notices).toEqual([expect.stringMatching(reason)]);
    expect(notices[0]).toMatch(/^layer 0123456789ab is damaged \(.*\) and was dropped$/);
    expect(statSync(join(root, key), { throwIfNoEntry: false })).toBeUndefined();
    expect(await findWithNotices(store)).toEqual({ found: false, notices: [] });
  });

  test("is told and the layer is built again", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    await damage(join(root, key));
    const notices: string[] = [];
    const { build, count } = counting();
    const layer = await store.obtain(key, inputs, build, { onNotice: (text) => notices.push(text) });
    expect(layer).toMatchObject({ key });
    expect(count()).toBe(1);
    expect(notices).toEqual([expect.stringMatching(reason)]);
    expect(await findWithNotices(store)).toEqual({ found: true, notices: [] });
  });

  test("is what verify reports, and drops only when asked", async () => {
    const { store, root } = aStore();
    await storeLayer(store);
    await storeLayer(store, "good");
    await damage(join(root, key));
    const report = { key, folder: join(root, key), problems: [expect.any(String)] };
    const reports = await store.verify();
    expect(reports.find((each) => each.key === "good")).toMatchObject({ problems: [], dropped: false });
    expect(reports.find((each) => each.key === key)).toEqual({ ...report, dropped: false });
    expect(await store.verify(key, { drop: true })).toEqual([{ ...report, dropped: true }]);
    await expect(store.verify(key)).rejects.toMatchObject({ code: "LAYER_INVALID" });
    expect((await store.list()).map((layer) => layer.key)).toEqual(["good"]);
  });
});

test("verify names every damaged file, also one whose time did not change", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  const folder = join(root, key);
  await flipBit(join(folder, "n1/ram"));
  rmSync(join(folder, "n1/devices"));
  expect((await store.verify(key))[0]?.problems.toSorted()).toEqual(["n1/devices is missing", "n1/ram was altered"]);
});

test("after a reboot every file is hashed once more, because it was not synced to the disk", async () => {
  const { store, root } = aStore();
  await storeLayer(store);
  const stamps = join(root, key, "verified.json");
  const before = readFileSync(stamps, "utf8");
  writeFileSync(stamps, before.replaceAll(/:[0-9a-f-]{36}"/g, ':before-the-reboot"'));
  await flipBit(join(root, key, "n1/ram"));
  expect((await findWithNotices(store)).notices).toEqual([expect.stringMatching(/was altered/)]);
  await storeLayer(store);
  writeFileSync(stamps, readFileSync(stamps, "utf8").replaceAll(/:[0-9a-f-]{36}"/g, ':before-the-reboot"'));
  expect(await findWithNotices(store)).toEqual({ found: true, notices: [] });
  expect(readFileSync(stamps, "utf8")).not.toContain("before-the-reboot");
});

test("a layer under another one's name is no good", async () => {
  const { store, root } = aStore();
  await storeLayer(store, "another");
  renameSync(join(root, "another"), join(root, key));
  expect((await findWithNotices(store)).notices).toEqual([expect.stringContaining("it is the layer another")]);
});
