import { describe, expect, it } from "vitest";
import { parseFrame } from "../../../../src/network/packets/parse/parse-frame.ts";
import { client, frame, ip4, ipv4, ipv6, mac, server, tcp, u16, u32, udp } from "../frames.ts";

describe("an Ethernet frame", () => {
  it("has addresses, a type and tags", () => {
    const tags = [
      [0x88, 0xa8, 0x20, 0x0a],
      [0x81, 0x00, 0x00, 0x14],
    ];
    expect(parseFrame(frame(0x88cc, [1, 2, 3], tags))).toEqual({
      protocol: "ethernet",
      ethernet: { source: client.mac, destination: server.mac, type: 0x88cc, tags: [10, 20] },
    });
  });

  it("may be cut off anywhere", () => {
    expect(parseFrame(frame(0x0800, []).subarray(0, 13))).toEqual({ protocol: "ethernet" });
  });
});

describe("ARP", () => {
  const message = (operation: number) => [
    ...[...u16(1), ...u16(0x0800), 6, 4, ...u16(operation), ...mac(client.mac), ...ip4(client.ip)],
    ...[...mac("00:00:00:00:00:00"), ...ip4(server.ip)],
  ];

  it("is understood", () => {
    expect(parseFrame(frame(0x0806, message(1)))).toMatchObject({
      protocol: "arp",
      arp: { operation: "request", sender: { mac: client.mac, ip: client.ip }, target: { ip: server.ip } },
    });
    expect(parseFrame(frame(0x0806, message(2))).arp?.operation).toBe("reply");
  });

  it("is none when it is cut off", () => {
    const { protocol, arp } = parseFrame(frame(0x0806, message(1).slice(0, -1)));
    expect({ protocol, arp }).toEqual({ protocol: "ethernet", arp: undefined });
  });
});

describe("IPv4", () => {
  it("carries TCP, without the padding of short frames", () => {
    const padded = Uint8Array.from([...ipv4(6, tcp(0x12)), 0, 0, 0, 0, 0, 0]);
    expect(parseFrame(padded)).toMatchObject({
      protocol: "tcp",
      ip: { version: 4, source: client.ip, destination: server.ip, protocol: 6, ttl: 64 },
      tcp: { sourcePort: 40_000, destinationPort: 80, sequence: 1000, acknowledgement: 2000, payload: 0 },
    });
    expect(parseFrame(padded).tcp?.flags).toEqual(["SYN", "ACK"]);
  });

  it("knows how much was sent when less was recorded", () => {
    const whole = ipv4(6, tcp(0x18, Array<number>(100).fill(65)));
    expect(parseFrame(whole.subarray(0, 60)).tcp).toMatchObject({ payload: 100, flags: ["PSH", "ACK"] });
  });

  it("has options, which are skipped", () => {
    const packet = ipv4(17, udp([1, 2], [7, 9]));
    const header = Array.from(packet.subarray(14, 34));
    header.splice(0, 1, 0x46);
    header.splice(2, 2, ...u16(24 + 10));
    const rest = Array.from(packet.subarray(34));
    expect(parseFrame(frame(0x0800, [...header, 1, 1, 1, 0, ...rest])).udp).toEqual({
      sourcePort: 7,
      destinationPort: 9,
      payload: 2,
    });
  });

  it("comes in fragments, of which the first alone has ports", () => {
    const first = parseFrame(ipv4(17, udp([1, 2], [7, 9]), { flags: 0x2000 }));
    expect(first).toMatchObject({ protocol: "udp", ip: { fragment: { offset: 0, more: true } } });
    const second = parseFrame(ipv4(17, [1, 2, 3, 4, 5, 6, 7, 8], { flags: 0x0002 }));
    expect(second).toMatchObject({ protocol: "ipv4", ip: { fragment: { offset: 16, more: false } } });
    expect(second.udp).toBeUndefined();
  });

  it.each([
    ["a header longer than the packet", { 0: 0x4f }],
    ["another version", { 0: 0x65 }],
    ["a total length below its header's", { 2: 0, 3: 19 }],
  ])("is none with %s", (_what, changes: Record<number, number>) => {
    const bytes = ipv4(17, []);
    for (const [at, value] of Object.entries(changes)) bytes[14 + Number(at)] = value;
    expect(parseFrame(bytes)).toMatchObject({ protocol: "ethernet" });
  });
});

describe("ICMP", () => {
  it("has echoes", () => {
    const echo = [8, 0, 0, 0, ...u16(77), ...u16(3), 1, 2, 3];
    expect(parseFrame(ipv4(1, echo))).toMatchObject({
      protocol: "icmp",
      icmp: { type: 8, code: 0, echo: { id: 77, sequence: 3 } },
    });
  });

  it("has errors, which have no echo", () => {
    expect(parseFrame(ipv4(1, [3, 1, 0, 0, 0, 0, 0, 0])).icmp).toEqual({ type: 3, code: 1 });
  });
});

describe("IPv6", () => {
  it("carries neighbour discovery", () => {
    const solicitation = [135, 0, 0, 0, ...u32(0), ...Array<number>(15).fill(0), 9];
    expect(parseFrame(ipv6(58, solicitation))).toMatchObject({
      protocol: "icmpv6",
      ip: { version: 6, source: client.ip6, destination: server.ip6, protocol: 58, ttl: 255 },
      icmp: { type: 135, target: "::9" },
    });
  });

  it("has extension headers, which are skipped", () => {
    const hopByHop = [44, 0, 5, 2, 0, 0, 1, 0];
    const fragment = [17, 0, ...u16(1), ...u32(7)];
    expect(parseFrame(ipv6(0, [...hopByHop, ...fragment, ...udp([1], [7, 9])]))).toMatchObject({
      protocol: "udp",
      ip: { protocol: 17, fragment: { offset: 0, more: true } },
      udp: { payload: 1 },
    });
  });

  it("may have nothing but extension headers", () => {
    expect(parseFrame(ipv6(0, [0, 255, 0, 0, 0, 0, 0, 0]))).toMatchObject({ protocol: "ipv6" });
  });
});
