const magic = 0x184c2102;
/** The legacy format cuts its input into blocks of 8 MiB. */
const blockSize = 8 << 20;

/**
 * Unpacks the legacy LZ4 format, the one that the kernel's build uses: a magic number, then blocks that each start with
 * their compressed size.
 * @throws RangeError when the data is damaged or truncated
 */
export function unpackLegacyLz4(packed: Uint8Array): Buffer {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  if (packed.length < 4 || view.getUint32(0, true) !== magic) throw new RangeError("not in the legacy LZ4 format");
  const blocks: Uint8Array[] = [];
  for (let offset = 4; offset < packed.length;) {
    if (offset + 4 > packed.length) throw new RangeError("LZ4 data ends inside a block's size");
    const size = view.getUint32(offset, true);
    offset += 4;
    if (offset + size > packed.length) throw new RangeError("LZ4 data ends inside a block");
    blocks.push(unpackBlock(packed.subarray(offset, offset + size)));
    offset += size;
  }
  return Buffer.concat(blocks);
}

/** One block: sequences of literals and matches, the last one of literals only (lz4_Block_format.md). */
function unpackBlock(packed: Uint8Array): Uint8Array {
  const output = new Uint8Array(blockSize);
  let read = 0;
  let written = 0;
  const next = (): number => {
    const byte = packed[read++];
    if (byte === undefined) throw new RangeError("LZ4 block ends inside a sequence");
    return byte;
  };
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble === 15) {
      let more: number;
      do total += more = next();
      while (more === 255);
    }
    return total;
  };
  while (read < packed.length) {
    const token = next();
    const literals = length(token >> 4);
    if (read + literals > packed.length || written + literals > blockSize) throw new RangeError("LZ4 literals overrun");
    output.set(packed.subarray(read, read + literals), written);
    read += literals;
    written += literals;
    if (read === packed.length) break;
    const distance = next() | (next() << 8);
    const matched = length(token & 15) + 4;
    if (distance === 0 || distance > written || written + matched > blockSize)
      throw new RangeError("LZ4 match overrun");
    if (distance >= matched) {
      output.copyWithin(written, written - distance, written - distance + matched);
    } else {
      // An overlapping match repeats what it has just written, which copyWithin does not.
      for (let index = 0; index < matched; index++) output[written + index] = output[written + index - distance] ?? 0;
    }
    written += matched;
  }
  return output.subarray(0, written);
}
