import { crc32 } from "node:zlib";

/** The protocol of `@vitest-machines/agent`, as its PROTOCOL.md describes it. */
export const protocolVersion = 1;

export const headerSize = 16;
export const maxPayload: number = 32 * 1024;
/** An OPEN request may span several frames, up to this many bytes. */
export const maxRequest: number = 256 * 1024;
/** Neither byte is ASCII, so console text on the line never looks like a frame. */
export const magic: readonly [number, number] = [0xd5, 0xb6];

export const frameType = {
  hello: 1,
  welcome: 2,
  ready: 3,
  ping: 4,
  pong: 5,
  open: 6,
  opened: 7,
  data: 8,
  eof: 9,
  credit: 10,
  control: 11,
  progress: 12,
  done: 13,
  error: 14,
  close: 15,
} as const;

export type FrameType = (typeof frameType)[keyof typeof frameType];

export const lastFrameType: number = frameType.close;

/** On DATA, EOF and CREDIT, the flags are the channel. */
export const channel = { main: 0, stderr: 1 } as const;
export type Channel = (typeof channel)[keyof typeof channel];

/** On OPEN: the request goes on in the next frame. */
export const flagMore = 1;

export interface Frame {
  readonly type: FrameType;
  readonly flags: number;
  readonly stream: number;
  /** May be a view into a larger buffer that nobody writes to any more. */
  readonly payload: Buffer;
}

const nothing = Buffer.alloc(0);

/** A header for `payload`; sent right before it, so that large payloads are never copied. */
export function encodeHeader(type: FrameType, flags: number, stream: number, payload: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(headerSize);
  header[0] = magic[0];
  header[1] = magic[1];
  header[2] = type;
  header[3] = flags;
  header.writeUInt32LE(stream, 4);
  header.writeUInt32LE(payload.length, 8);
  header.writeUInt32LE(crc32(payload, crc32(header.subarray(0, 12))), 12);
  return header;
}

export function encodeFrame(type: FrameType, flags: number, stream: number, payload: Uint8Array = nothing): Buffer {
  return Buffer.concat([encodeHeader(type, flags, stream, payload), payload]);
}
