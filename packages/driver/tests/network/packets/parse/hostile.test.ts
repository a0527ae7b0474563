import { expect, it } from "vitest";
import { parseFrame } from "../../../../src/network/packets/parse/parse-frame.ts";
import { dnsHeader, dnsQuery, ipv4, ipv6, tcp, u16, udp } from "../frames.ts";

/** Numbers below a limit, the same in every run: what fails can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const query = dnsQuery("www.example.org");
const samples = [
  ipv4(17, udp(query)),
  ipv4(6, tcp(0x18, [...u16(query.length), ...query], [40_000, 53])),
  ipv4(1, [8, 0, 0, 0, 0, 1, 0, 1]),
  ipv6(0, [60, 0, 5, 2, 0, 0, 1, 0, 17, 0, 0, 0, 0, 0, 0, 0, ...udp(query, [53, 53])]),
];

it("understands frames that are cut off at any byte, or says nothing of them", () => {
  for (const sample of samples) {
    for (let length = 0; length <= sample.length; length++) {
      expect(() => parseFrame(sample.subarray(0, length))).not.toThrow();
    }
  }
});

it("is not upset by 40 000 frames with bytes that were changed at random", () => {
  const below = random(20);
  for (let round = 0; round < 40_000; round++) {
    const bytes = Uint8Array.from(samples[round % samples.length] as Uint8Array);
    for (let change = 0; change <= below(6); change++) bytes[below(bytes.length)] = below(256);
    const { ethernet, ip, dns } = parseFrame(bytes);
    expect(ethernet).toBeDefined();
    if (dns) expect(ip).toBeDefined();
  }
});

it("follows names that are as entangled as they can be, and no further than 64 questions", () => {
  // Each of the questions begins with a pointer to the one before it.
  const questions = Array.from({ length: 4000 }, (_, index) => {
    const at = 12 + (index - 1) * 6;
    return index === 0 ? [1, 97, 0, 0, 1, 0, 1] : [...u16(0xc000 | (at & 0x3fff)), 0, 1, 0, 1];
  });
  const message = [...dnsHeader(0x0100, 65_535, 65_535), ...questions.flat()];
  const { dns } = parseFrame(ipv4(17, udp(message)));
  expect(dns?.questions.length).toBeLessThanOrEqual(64);
  expect(dns?.answers).toEqual([]);
});
