import { describe, expect, it } from "vitest";
import { encodeFrame, frameType, maxPayload, type Frame } from "../../../src/agent/protocol/frame.ts";
import { FrameParser } from "../../../src/agent/protocol/parser.ts";
import { flush, garbage } from "./broken-frames.ts";
import { fuzzSeed, Random } from "./random.ts";

const hello = encodeFrame(frameType.data, 1, 7, Buffer.from("hello"));

function parse(...chunks: Buffer[]): { frames: Frame[]; dropped: number } {
  const parser = new FrameParser();
  const frames = chunks.flatMap((chunk) => [...parser.push(chunk)]);
  return { frames, dropped: parser.droppedBytes };
}

describe("the frame parser", () => {
  it("reads back what was encoded", () => {
    const { frames, dropped } = parse(hello);
    expect(frames).toMatchObject([{ type: frameType.data, flags: 1, stream: 7 }]);
    expect(frames[0]?.payload.toString()).toBe("hello");
    expect(dropped).toBe(0);
  });

  it("does not care how the bytes are cut", () => {
    const bytes = Buffer.concat([hello, hello, hello]);
    expect(parse(...Array.from(bytes, (byte) => Buffer.from([byte]))).frames).toHaveLength(3);
  });

  it("finds frames behind garbage and counts what it dropped", () => {
    const noise = Buffer.from("kernel: hello\n");
    expect(parse(noise, hello, noise, hello)).toMatchObject({ frames: [{}, {}], dropped: 2 * noise.length });
  });

  it("finds a frame inside of what looked like a longer one", () => {
    const broken = Buffer.from(hello);
    broken.writeUInt32LE(hello.length + 5, 8);
    const { frames } = parse(broken, hello, hello);
    expect(frames).toHaveLength(2);
  });

  it("finds a frame behind half a frame once zeros have completed that", () => {
    const half = encodeFrame(frameType.data, 0, 1, Buffer.alloc(maxPayload, 1)).subarray(0, 1000);
    expect(parse(half, flush, hello).frames).toHaveLength(1);
  });

  it("goes on where a consumer has stopped", () => {
    const parser = new FrameParser();
    for (const frame of parser.push(Buffer.concat([hello, hello]))) {
      expect(frame.stream).toBe(7);
      break;
    }
    expect([...parser.push(hello)]).toHaveLength(2);
  });

  it("finds every good frame among 100,000 broken ones, however they are cut", () => {
    const seed = fuzzSeed();
    const random = new Random(seed);
    const parser = new FrameParser();
    let sent = 0;
    let found = 0;
    for (let round = 0; round < 1000; round++) {
      const parts: Buffer[] = [];
      for (let count = 0; count < 100; count++) parts.push(garbage(random));
      parts.push(flush);
      for (let count = 0; count < 5; count++) {
        const number = Buffer.alloc(4 + random.below(40));
        number.writeUInt32LE(sent++);
        parts.push(encodeFrame(frameType.data, 0, 4242, number));
      }
      const bytes = Buffer.concat(parts);
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(9000);
        for (const { stream, payload } of parser.push(bytes.subarray(at, at + size))) {
          if (stream === 4242 && payload.readUInt32LE(0) === found) found++;
        }
        at += size;
      }
    }
    expect(found, `FUZZ_SEED=${seed}`).toBe(sent);
  });
});
