/** Where the compressed kernel proper lies inside a bzImage. */
export interface KernelPayload {
  readonly compression: "lz4" | "xz" | "zstd" | "gzip" | "unknown";
  readonly bytes: Uint8Array;
}

/** First bytes of what the kernel's own build compresses its image with. */
const signatures = [
  { compression: "lz4", bytes: [0x02, 0x21, 0x4c, 0x18] },
  { compression: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { compression: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { compression: "gzip", bytes: [0x1f, 0x8b] },
] as const;

const sectorSize = 512;

/**
 * Finds the compressed kernel in a bzImage by its setup header (Documentation/arch/x86/boot.rst): the payload's offset
 * counts from the protected-mode code, which starts after the boot sector and `setup_sects` more. The four bytes after
 * the compressed data, its uncompressed size, are part of the payload and left off here.
 *
 * @returns undefined when it is no bzImage, or one too old (before boot protocol 2.08) to say where the payload is
 */
export function findKernelPayload(image: Uint8Array): KernelPayload | undefined {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (image.length < 0x250 || Buffer.from(image.subarray(0x202, 0x206)).toString("latin1") !== "HdrS") return undefined;
  if (view.getUint16(0x206, true) < 0x0208) return undefined;
  // A zero means four, for the sake of very old boot loaders.
  const setupSectors = view.getUint8(0x1f1) || 4;
  const start = (setupSectors + 1) * sectorSize + view.getUint32(0x248, true);
  const end = start + view.getUint32(0x24c, true) - 4;
  if (end > image.length || end <= start) return undefined;
  const bytes = image.subarray(start, end);
  const known = signatures.find((signature) => signature.bytes.every((byte, index) => bytes[index] === byte));
  return { compression: known?.compression ?? "unknown", bytes };
}
