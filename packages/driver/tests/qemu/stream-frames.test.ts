import fc from "fast-check";
import { expect, it } from "vitest";
import { FrameReader, joinFrames } from "../../src/qemu/stream-frames.ts";

it("finds frames however the stream is cut", () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)));
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 20 }), (sent, size) => {
      const stream = joinFrames(sent);
      const reader = new FrameReader();
      const got: Buffer[] = [];
      for (let offset = 0; offset < stream.length; offset += size) {
        got.push(...reader.read(Buffer.from(stream.subarray(offset, offset + size))));
      }
      expect(got).toEqual(sent);
    }),
  );
});

it("does not wait for a frame that no card sends", () => {
  expect(() => new FrameReader().read(Buffer.from("7fffffff", "hex"))).toThrow(RangeError);
});
