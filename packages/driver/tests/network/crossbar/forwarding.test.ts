import { describe, expect, it } from "vitest";
import { Forwarding, FrameReader } from "../../../src/network/crossbar/forwarding.ts";

const everyone = "ffffffffffff";
const mac = (number: number): string => `52540000000${number}`;
function frame(to: string, from: string): Buffer {
  const bytes = Buffer.concat([Buffer.from(`${to}${from}0800`, "hex"), Buffer.alloc(46)]);
  return Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
}

describe("frames of a stream", () => {
  it("come out whole, however the stream is cut", () => {
    const stream = Buffer.concat([frame(mac(1), mac(2)), frame(mac(2), mac(1))]);
    for (let at = 0; at <= stream.length; at++) {
      const reader = new FrameReader();
      const frames = [...reader.read(stream.subarray(0, at)), ...reader.read(stream.subarray(at))];
      expect(Buffer.concat(frames).equals(stream)).toBe(true);
      expect(frames.length).toBe(2);
    }
  });
});

describe("a crossbar", () => {
  const passes = [
    [false, true, true],
    [true, false, false],
    [false, true, false],
  ];

  it("passes frames where they may go, all of them until it knows who is where", () => {
    const forwarding = new Forwarding(passes);
    expect(forwarding.targets(0, frame(everyone, mac(0)))).toEqual([1, 2]);
    expect(forwarding.targets(0, frame(mac(1), mac(0)))).toEqual([1, 2]);
    expect(forwarding.targets(1, frame(mac(0), mac(1)))).toEqual([0]);
    expect(forwarding.targets(0, frame(mac(1), mac(0)))).toEqual([1]);
  });

  it("passes nothing where it may not, known or not, and nothing back", () => {
    const forwarding = new Forwarding(passes);
    expect(forwarding.targets(2, frame(everyone, mac(2)))).toEqual([1]);
    expect(forwarding.targets(1, frame(mac(2), mac(1)))).toEqual([]);
    expect(forwarding.targets(2, frame(mac(2), mac(5)))).toEqual([]);
    expect(forwarding.targets(0, Buffer.from([0, 2, 1, 1]))).toEqual([]);
  });
});
