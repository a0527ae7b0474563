import { truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sparseSha256OfFile } from "../../src/cache/sparse-digest.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const mebibyte = 1 << 20;

/** A sparse file of `size` bytes that holds the given texts at the given offsets. */
async function sparse(size: number, data: Record<number, string>): Promise<string> {
  const path = join(temporaryFolder(), "file");
  const file = await open(path, "w");
  await file.truncate(size);
  for (const [offset, text] of Object.entries(data)) await file.write(text, Number(offset));
  await file.close();
  return path;
}

test("zeros that are written and zeros that are holes are the same", async () => {
  const holes = await sparse(3 * mebibyte + 5, { [mebibyte - 2]: "data" });
  const full = join(temporaryFolder(), "full");
  const content = Buffer.alloc(3 * mebibyte + 5);
  content.write("data", mebibyte - 2);
  writeFileSync(full, content);
  expect(await sparseSha256OfFile(full)).toBe(await sparseSha256OfFile(holes));
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
  truncateSync(path, mebibyte);
  expect(await sparseSha256OfFile(path)).toBe(empty);
});

test("a file that is not there is an error", async () => {
  await expect(sparseSha256OfFile("/nowhere/file")).rejects.toMatchObject({ code: "ENOENT" });
});
