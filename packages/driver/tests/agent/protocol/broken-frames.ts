import { encodeFrame, headerSize, magic, type FrameType } from "../../../src/agent/protocol/frame.ts";
import type { Random } from "./random.ts";

/** What may stand between two good frames: nothing here holds a good one. */
export function garbage(random: Random): Buffer {
  const frame = encodeFrame((1 + random.below(15)) as FrameType, 0, random.below(9), random.bytes(random.below(60)));
  switch (random.below(6)) {
    case 0:
      return random.bytes(1 + random.below(80)).fill(0x5a, 0, 1);
    case 1: {
      // One wrong bit anywhere behind the magic.
      const at = 2 + random.below(frame.length - 2);
      frame.writeUInt8(frame.readUInt8(at) ^ (1 << random.below(8)), at);
      return frame;
    }
    case 2:
      return frame.subarray(0, 1 + random.below(frame.length - 1));
    case 3:
      return Buffer.alloc(1 + random.below(100), magic[random.below(2)]);
    case 4:
      // Too long to be one.
      frame.writeUInt32LE(0x8001 + random.below(2 ** 31), 8);
      return frame;
    default:
      return Buffer.from("[    0.123456] virtio_blk virtio2: console text\r\n");
  }
}

/** Ends any frame that garbage has begun. */
export const flush: Buffer = Buffer.alloc(headerSize + 32 * 1024);
