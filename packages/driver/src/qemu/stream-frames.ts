const prefixLength = 4;
/** More than any card sends. */
const longest = 128 * 1024;

/** Finds the frames in what QEMU's stream sockets send: each has its length before it. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that `chunk` completes. They may be changed in place. @throws RangeError for what QEMU never sends */
  read(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    let offset = 0;
    while (bytes.length - offset >= prefixLength) {
      const length = bytes.readUInt32BE(offset);
      if (length > longest) throw new RangeError(`a frame of ${length} bytes`);
      const end = offset + prefixLength + length;
      if (end > bytes.length) break;
      frames.push(bytes.subarray(offset + prefixLength, end));
      offset = end;
    }
    this.#rest = bytes.subarray(offset);
    return frames;
  }
}

/** Frames as QEMU's stream sockets want them. */
export function joinFrames(frames: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafe(frames.reduce((sum, { length }) => sum + prefixLength + length, 0));
  let offset = 0;
  for (const frame of frames) {
    bytes.writeUInt32BE(frame.length, offset);
    offset += prefixLength + frame.copy(bytes, offset + prefixLength);
  }
  return bytes;
}
