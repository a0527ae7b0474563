import { describe, expect, it } from "vitest";
import { parseFrame } from "../../../../src/network/packets/parse/parse-frame.ts";
import { dnsHeader, dnsQuery, ip4, ipv4, name, tcp, u16, u32, udp } from "../frames.ts";

const dnsOf = (message: number[]) => parseFrame(ipv4(17, udp(message))).dns;
const question = (host: number[]) => [...host, ...u16(1), ...u16(1)];
const answer = (host: number[], type: number, data: number[]) => [
  ...[...host, ...u16(type), ...u16(1), ...u32(300), ...u16(data.length), ...data],
];
/** A name that goes on at a place of the message. */
const pointer = (at: number) => u16(0xc000 | at);

describe("DNS", () => {
  it("has questions and answers, whose names may be shortened", () => {
    const answers = [...answer(pointer(12), 5, [1, 98, ...pointer(14)]), ...answer(pointer(12), 1, ip4("10.0.0.7"))];
    expect(dnsOf([...dnsHeader(0x8183, 1, 2), ...question(name("a.example.org")), ...answers])).toEqual({
      id: 0x1234,
      response: true,
      code: 3,
      questions: [{ name: "a.example.org", type: "A" }],
      answers: [
        { name: "a.example.org", type: "CNAME", ttl: 300, data: "b.example.org" },
        { name: "a.example.org", type: "A", ttl: 300, data: "10.0.0.7" },
      ],
    });
  });

  it("is told by its port, over UDP, TCP, and multicast", () => {
    expect(parseFrame(ipv4(17, udp(dnsQuery("x.test")))).protocol).toBe("dns");
    expect(parseFrame(ipv4(17, udp(dnsQuery("x.test"), [5353, 5353]))).protocol).toBe("mdns");
    expect(parseFrame(ipv4(17, udp(dnsQuery("x.test"), [5000, 5001]))).protocol).toBe("udp");
    const query = dnsQuery("x.test");
    const overTcp = parseFrame(ipv4(6, tcp(0x18, [...u16(query.length), ...query], [40_000, 53])));
    expect(overTcp).toMatchObject({ protocol: "dns", tcp: {}, dns: { questions: [{ name: "x.test" }] } });
    expect(parseFrame(ipv4(6, tcp(0x02, [], [40_000, 53]))).protocol).toBe("tcp");
  });

  it("writes what would be taken for something else as zone files do", () => {
    const odd = [3, 0x61, 0x2e, 0x20, 1, 0xff, 0];
    expect(dnsOf([...dnsHeader(0x0100, 1, 0), ...question(odd)])?.questions).toEqual([
      { name: "a\\.\\032.\\255", type: "A" },
    ]);
    expect(dnsOf([...dnsHeader(0x0100, 1, 0), ...question([0])])?.questions[0]?.name).toBe(".");
  });

  it.each([
    ["points at itself", pointer(12)],
    ["points forward", pointer(40)],
    ["points into a loop", [1, 97, ...pointer(12)]],
    ["is longer than a name may be", name(Array<string>(5).fill("a".repeat(60)).join("."))],
    ["has a label of a reserved kind", [0x80, 1, 0]],
    ["does not end", [5, 97]],
  ])("has no question when its name %s", (_what, host) => {
    expect(dnsOf([...dnsHeader(0x0100, 1, 0), ...question(host)])?.questions).toEqual([]);
  });

  it("has as many answers as are there, and no more than 64", () => {
    const many = Array<number[]>(100)
      .fill(answer([0], 16, [0]))
      .flat();
    expect(dnsOf([...dnsHeader(0x8000, 0, 65_535), ...many])?.answers).toHaveLength(64);
    const cut = answer([0], 1, ip4("10.0.0.7")).slice(0, -1);
    expect(dnsOf([...dnsHeader(0x8000, 0, 2), ...answer([0], 1, ip4("10.0.0.7")), ...cut])?.answers).toHaveLength(1);
  });
});
