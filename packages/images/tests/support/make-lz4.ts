/** `content` in the legacy LZ4 format, as literals only: valid, if not small. */
export function makeLegacyLz4(content: Uint8Array): Buffer {
  return frame([literals(content)]);
}

/** Blocks behind the magic number and each behind its size. */
export function frame(blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([uint32(0x184c2102), ...blocks.flatMap((block) => [uint32(block.length), block])]);
}

function literals(content: Uint8Array): Buffer {
  if (content.length < 15) return Buffer.concat([Buffer.from([content.length << 4]), content]);
  const rest = content.length - 15;
  const more = [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255];
  return Buffer.concat([Buffer.from([0xf0, ...more]), content]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
