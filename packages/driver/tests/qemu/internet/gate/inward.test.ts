import fc from "fast-check";
import { expect, it } from "vitest";
import { inward } from "../../../../src/qemu/internet/gate/inward.ts";
import { redirect } from "../../../../src/qemu/internet/gate/redirect.ts";
import { readPacket } from "../../../../src/qemu/internet/gate/packet.ts";
import { aFrame, endsOf, isSound } from "./a-frame.ts";

const guest = "10.0.2.15:40000";

it("leaves what comes from outside as it is", () => {
  const frame = aFrame({ protocol: "tcp", from: "198.51.100.1", to: "10.0.2.15", ports: [443, 40_000] });
  expect(inward(Buffer.from(frame), { internet: true, ports: [443], dnsPort: 443 })).toEqual(frame);
});

it("gives answers of the host's loopback the address that was asked", () => {
  const policy = { internet: true, ports: [5000], dnsPort: 5353 };
  const from = (protocol: "tcp" | "udp", port: number): unknown => {
    const frame = aFrame({ protocol, from: "10.0.2.2", to: "10.0.2.15", ports: [port, 40_000] });
    const passed = inward(frame, policy);
    expect(isSound(passed)).toBe(true);
    return endsOf(passed);
  };
  expect(from("tcp", 5000)).toEqual({ from: "10.0.2.4:5000", to: guest });
  expect(from("udp", 5353)).toEqual({ from: "10.0.2.3:53", to: guest });
  expect(from("tcp", 5353)).toEqual({ from: "10.0.2.3:53", to: guest });
  expect(from("udp", 5000)).toEqual({ from: "10.0.2.2:5000", to: guest });
});

it("tells a guest without internet of no router and no resolver, and of all else that DHCP says", () => {
  const options = Buffer.from(
    "350105" + "0104ffffff00" + "03040a000202" + "00" + "06040a000203" + "330400015180" + "ff",
    "hex",
  );
  const offer = aFrame({
    protocol: "udp",
    from: "10.0.2.2",
    to: "255.255.255.255",
    ports: [67, 68],
    payload: Buffer.concat([Buffer.alloc(240), options]),
  });
  const seen = inward(Buffer.from(offer), { internet: false, ports: [] });
  expect(seen.subarray(34 + 8 + 240).toString("hex")).toBe(
    "350105" + "0104ffffff00" + "000000000000" + "00" + "000000000000" + "330400015180" + "ff",
  );
  // No checksum, which UDP allows.
  expect(seen.readUInt16BE(40)).toBe(0);
  expect(inward(Buffer.from(offer), { internet: true, ports: [] })).toEqual(offer);
});

it("keeps checksums right, whatever is replaced", () => {
  const word = fc.integer({ min: 0, max: 65_535 });
  const packet = fc.record({
    protocol: fc.constantFrom("tcp", "udp"),
    from: fc.ipV4(),
    to: fc.ipV4(),
    ports: fc.tuple(word, word),
    payload: fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
  });
  const end = fc.record({ address: fc.nat(0xffff_ffff), port: word });
  fc.assert(
    fc.property(packet, end, fc.constantFrom("source", "target"), (spec, to, which) => {
      const frame = aFrame(spec);
      const read = readPacket(frame);
      if (!read) throw new Error("it was not read");
      redirect(frame, read, which, to);
      expect(isSound(frame)).toBe(true);
    }),
  );
});

it("gives no checksum to what had none", () => {
  const frame = aFrame({ protocol: "udp", from: "10.0.2.2", to: "10.0.2.15", ports: [5353, 40_000] });
  frame.writeUInt16BE(0, 40);
  inward(frame, { internet: true, ports: [], dnsPort: 5353 });
  expect(frame.readUInt16BE(40)).toBe(0);
});
