import { crc32 } from "node:zlib";
import { headerSize, lastFrameType, magic, maxPayload, type Frame, type FrameType } from "./frame.ts";

const nothing = Buffer.alloc(0);

/**
 * Finds frames in a byte stream that may hold anything else between them: after a byte that begins no valid frame, it
 * looks for the next magic from the byte after. Keeps at most one incomplete frame.
 */
export class FrameParser {
  /** Bytes that were no part of a valid frame. */
  droppedBytes = 0;
  #rest: Buffer = nothing;

  /** The complete frames in what has arrived so far. */
  *push(chunk: Buffer): Generator<Frame, void, undefined> {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // Kept before each frame is handed out: a consumer that stops half-way loses no byte.
    this.#rest = bytes;
    while (bytes.length >= headerSize) {
      if (!beginsFrame(bytes)) {
        bytes = this.#drop(bytes, bytes.indexOf(magic[0], 1));
        continue;
      }
      const end = headerSize + bytes.readUInt32LE(8);
      if (bytes.length < end) break;
      const payload = bytes.subarray(headerSize, end);
      if (crc32(payload, crc32(bytes.subarray(0, 12))) !== bytes.readUInt32LE(12)) {
        bytes = this.#drop(bytes, bytes.indexOf(magic[0], 1));
        continue;
      }
      const frame: Frame = {
        type: bytes[2] as FrameType,
        flags: bytes[3] ?? 0,
        stream: bytes.readUInt32LE(4),
        payload,
      };
      this.#rest = bytes = bytes.subarray(end);
      yield frame;
    }
    this.#rest = bytes;
  }

  #drop(bytes: Buffer, next: number): Buffer {
    const count = next === -1 ? bytes.length : next;
    this.droppedBytes += count;
    return (this.#rest = bytes.subarray(count));
  }
}

/** Refuses most garbage by its header alone, so that it cannot hold up real frames by a length that never arrives. */
function beginsFrame(bytes: Buffer): boolean {
  const type = bytes[2] ?? 0;
  return (
    bytes[0] === magic[0] &&
    bytes[1] === magic[1] &&
    type >= 1 &&
    type <= lastFrameType &&
    (bytes[3] ?? 0) <= 1 &&
    bytes.readUInt32LE(8) <= maxPayload
  );
}
