import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bootableKernel } from "../../src/kernel/bootable-kernel.ts";
import { makeBzImage } from "../support/make-bzimage.ts";
import { makeElf, pvhNote } from "../support/make-elf.ts";
import { makeLegacyLz4 } from "../support/make-lz4.ts";

const gnuNote = { owner: "GNU", type: 18, content: Buffer.from("12345") };

test("takes the ELF kernel out of a bzImage", async () => {
  const kernel = makeElf({ ".text": "code" }, [gnuNote, pvhNote]);
  for (const packed of [makeLegacyLz4(kernel), gzipSync(kernel)]) {
    const found = await bootableKernel(makeBzImage(packed));
    expect(found.format).toBe("elf");
    expect(kernel.equals(found.bytes)).toBe(true);
  }
});

test.each([
  ["an ELF kernel without a PVH note", makeBzImage(makeLegacyLz4(makeElf({}, [gnuNote])))],
  ["something that is no ELF file", makeBzImage(makeLegacyLz4(Buffer.alloc(500)))],
  ["a compression that is not known", makeBzImage(Buffer.alloc(500))],
])("keeps the bzImage that contains %s", async (_what, image) => {
  expect(await bootableKernel(image)).toEqual({ format: "bzImage", bytes: image });
});

test("keeps what is no bzImage", async () => {
  const image = Buffer.from("another boot loader's format");
  expect(await bootableKernel(image)).toEqual({ format: "bzImage", bytes: image });
});
