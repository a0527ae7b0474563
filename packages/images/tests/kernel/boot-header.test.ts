import { expect, test } from "vitest";
import { findKernelPayload } from "../../src/kernel/boot-header.ts";
import { makeBzImage } from "../support/make-bzimage.ts";

test.each([
  ["lz4", [0x02, 0x21, 0x4c, 0x18]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["gzip", [0x1f, 0x8b]],
  ["unknown", [0x00, 0x01]],
] as const)("finds a payload compressed with %s and leaves off the size behind it", (compression, signature) => {
  const packed = Buffer.from([...signature, 9, 9, 9]);
  const payload = findKernelPayload(makeBzImage(packed));
  expect(payload?.compression).toBe(compression);
  expect(Buffer.from(payload!.bytes)).toEqual(packed);
});

test("reads an image that is a view into a larger buffer", () => {
  const image = makeBzImage(Buffer.from("payload"));
  const larger = Buffer.concat([Buffer.alloc(13), image]);
  expect(Buffer.from(findKernelPayload(larger.subarray(13))!.bytes).toString()).toBe("payload");
});

test("takes zero set-up sectors for four", () => {
  const image = Buffer.concat([makeBzImage(Buffer.from("12345678")).subarray(0, 3 * 512), Buffer.alloc(4096, 7)]);
  image.writeUInt8(0, 0x1f1);
  expect(findKernelPayload(image)?.bytes.byteOffset).toBe(image.byteOffset + 5 * 512 + 0x2cc);
});

test.each([
  ["something else", Buffer.alloc(4096)],
  ["a file that is too short", Buffer.from("HdrS")],
  ["a boot protocol without a payload field", makeBzImage(Buffer.from("payload"), 0x0207)],
  ["a truncated image", makeBzImage(Buffer.alloc(9000)).subarray(0, 5000)],
])("finds nothing in %s", (_what, image) => {
  expect(findKernelPayload(image)).toBeUndefined();
});
