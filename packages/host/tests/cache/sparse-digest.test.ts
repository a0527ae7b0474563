import { truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { dataExtents, readMap } from "../../src/cache/data-extents.ts";
import { chunksOf, sparseSha256OfFile } from "../../src/cache/sparse-digest.ts";
import { findTool } from "../../src/tools/find-tool.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const kibibyte = 1024;
const mebibyte = 1024 ** 2;

/** A sparse file of `size` bytes that holds the given texts at the given offsets. */
async function sparse(size: number, data: Record<number, string>): Promise<string> {
  const path = join(temporaryFolder(), "a file: with holes");
  const file = await open(path, "w");
  await file.truncate(size);
  for (const [offset, text] of Object.entries(data)) await file.write(text, Number(offset));
  await file.close();
  return path;
}

const withoutTools = async <T>(work: () => Promise<T>): Promise<T> => {
  vi.stubEnv("PATH", "/nowhere");
  try {
    return await work();
  } finally {
    vi.unstubAllEnvs();
  }
};

test("zeros that are written and zeros that are holes are the same, whether holes can be found or not", async () => {
  const size = 20 * mebibyte + 5;
  const data = { [mebibyte - 2]: "data", [17 * mebibyte + 70_000]: "more", [size - 3]: "end" };
  const holes = await sparse(size, data);
  const full = join(temporaryFolder(), "full");
  const content = Buffer.alloc(size);
  for (const [offset, text] of Object.entries(data)) content.write(text, Number(offset));
  writeFileSync(full, content);
  const digest = await sparseSha256OfFile(full);
  expect(await sparseSha256OfFile(holes)).toBe(digest);
  expect(await withoutTools(() => sparseSha256OfFile(holes))).toBe(digest);
});

test("one changed bit, another place, and data in the last bytes all make another digest", async () => {
  const size = 2 * mebibyte + 100;
  const digests = await Promise.all(
    [{ 70_000: "a" }, { 70_000: "c" }, { 70_001: "a" }, { [70_000 + mebibyte]: "a" }, { [size - 1]: "a" }, {}].map(
      async (data) => sparseSha256OfFile(await sparse(size, data)),
    ),
  );
  expect(new Set(digests).size).toBe(digests.length);
});

test("an empty file has a digest, and zeros at the end are told by the size alone", async () => {
  const path = await sparse(0, {});
  const empty = await sparseSha256OfFile(path);
  truncateSync(path, 9 * mebibyte);
  expect(await sparseSha256OfFile(path)).toBe(empty);
});

test("a file that is not there is an error", async () => {
  await expect(sparseSha256OfFile("/nowhere/file")).rejects.toMatchObject({ code: "ENOENT" });
});

test.runIf(findTool("qemu-img"))("the data of a sparse file is found, and nothing else is read", async () => {
  const path = await sparse(64 * mebibyte, { [32 * mebibyte]: "data" });
  const extents = await dataExtents(path);
  expect(extents.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(mebibyte);
  expect(extents.some(({ start, end }) => start <= 32 * mebibyte && end > 32 * mebibyte)).toBe(true);
});

test("a file without holes, and one of a host without qemu-img, is data as a whole", async () => {
  const full = join(temporaryFolder(), "full");
  writeFileSync(full, "data");
  expect(await dataExtents(full)).toEqual([{ start: 0, end: 4 }]);
  const path = await sparse(64 * mebibyte, {});
  expect(await withoutTools(() => dataExtents(path))).toEqual([{ start: 0, end: 64 * mebibyte }]);
});

test("a map rounds up to sectors, a file does not", () => {
  const map = [
    { start: 0, length: 4096, data: true },
    { start: 4096, length: 8192, data: false },
    { start: 12_288, length: 512, data: true },
  ];
  expect(readMap(JSON.stringify(map), 12_300)).toEqual([
    { start: 0, end: 4096 },
    { start: 12_288, end: 12_300 },
  ]);
});

test("whole blocks are read once, in pieces of a mebibyte", () => {
  const extents = [
    { start: 70 * kibibyte, end: 71 * kibibyte },
    { start: 100 * kibibyte, end: 130 * kibibyte },
    { start: 3 * mebibyte, end: 4 * mebibyte + 1 },
  ];
  expect(chunksOf(extents).map(({ start, end }) => [start / kibibyte, end / kibibyte])).toEqual([
    [64, 128],
    [128, 192],
    [3072, 4096],
    [4096, 4160],
  ]);
});
