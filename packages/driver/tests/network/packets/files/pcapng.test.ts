import { expect, it } from "vitest";
import { interfaceBlock, packetBlock, sectionHeader } from "../../../../src/network/packets/files/pcapng.ts";

const hex = (bytes: Buffer): string => bytes.toString("hex");
const text = (value: string): string => Buffer.from(value).toString("hex");

// Bytes by draft-ietf-opsawg-pcapng: type, length, what it has, options, length once more; all in multiples of four.

it("begins with a section", () => {
  const parts = ["0a0d0d0a", "2c000000", "4d3c2b1a", "01000000", "ffffffffffffffff"];
  const application = ["04000600", text("tester"), "0000", "00000000"];
  expect(hex(sectionHeader("tester"))).toBe([...parts, ...application, "2c000000"].join(""));
});

it("has an interface for each card", () => {
  const block = interfaceBlock({ name: "a eth1", description: "on lan", mac: "52:54:00:12:01:0a" });
  const head = ["01000000", "44000000", "01000000", "00000000"];
  const name = ["02000600", text("a eth1"), "0000"];
  const description = ["03000600", text("on lan"), "0000"];
  const mac = ["06000600", "52540012010a", "0000"];
  const resolution = ["09000100", "06000000"];
  expect(hex(block)).toBe([...head, ...name, ...description, ...mac, ...resolution, "00000000", "44000000"].join(""));
});

it("has packets with their time in microseconds, their direction, and padding", () => {
  const time = 1_795_310_321_559.608;
  const block = packetBlock({ interface: 1, time, direction: "in", length: 70, bytes: Uint8Array.of(1, 2, 3, 4, 5) });
  const stamp = BigInt(1_795_310_321_559_608);
  const half = (value: bigint): string => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number(value));
    return hex(bytes);
  };
  const head = ["06000000", "34000000", "01000000", half(stamp >> 32n), half(stamp & 0xffffffffn)];
  const flags = ["02000400", "01000000", "00000000"];
  expect(hex(block)).toBe([...head, "05000000", "46000000", "0102030405", "000000", ...flags, "34000000"].join(""));
  const sent = packetBlock({ interface: 0, time, direction: "out", length: 5, bytes: Uint8Array.of(1, 2, 3, 4, 5) });
  expect(sent.readUInt32LE(40)).toBe(2);
});
