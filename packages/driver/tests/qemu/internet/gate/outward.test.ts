import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { outward } from "../../../../src/qemu/internet/gate/outward.ts";
import { shut, type GatePolicy } from "../../../../src/qemu/internet/gate/policy.ts";
import { aFrame, endsOf, isSound, sumOf, type FrameSpec } from "./a-frame.ts";

const world: GatePolicy = { internet: true, ports: [] };
const services: GatePolicy = { internet: false, ports: [5000, 6000] };

/** What becomes of a packet: where it goes on to, or how its sender is told that it does not. */
function fate(spec: FrameSpec, policy: GatePolicy): string {
  const passage = outward(aFrame(spec), policy);
  if (passage === undefined) return "lost";
  if ("answer" in passage) return "refused";
  if (spec.protocol !== "icmp") expect(isSound(passage.on)).toBe(true);
  return spec.protocol === "icmp" ? "passed" : endsOf(passage.on).to;
}

const dhcp: FrameSpec = { protocol: "udp", from: "0.0.0.0", to: "255.255.255.255", ports: [68, 67] };

describe("a gate that was told nothing", () => {
  it("lets DHCP and pings of QEMU's network through, and nothing else", () => {
    expect(fate(dhcp, shut)).toBe("255.255.255.255:67");
    expect(fate({ protocol: "icmp", to: "10.0.2.2" }, shut)).toBe("passed");
    expect(fate({ protocol: "icmp", to: "10.0.2.3" }, shut)).toBe("passed");
    for (const to of ["10.0.2.2", "10.0.2.3", "10.0.2.4", "127.0.0.1", "198.51.100.1"]) {
      expect(fate({ protocol: "tcp", to }, shut)).toBe("refused");
      expect(fate({ protocol: "udp", to, ports: [40_000, 53] }, shut)).toBe("refused");
    }
    expect(fate({ protocol: "icmp", to: "198.51.100.1" }, shut)).toBe("lost");
    expect(fate({ protocol: "icmp", to: "10.0.2.4" }, shut)).toBe("lost");
  });
});

describe("a gate to the internet", () => {
  it("lets everything through that is for beyond the host", () => {
    expect(fate({ protocol: "tcp", to: "198.51.100.1", ports: [1, 443] }, world)).toBe("198.51.100.1:443");
    expect(fate({ protocol: "udp", to: "198.51.100.1", ports: [1, 53] }, world)).toBe("198.51.100.1:53");
    expect(fate({ protocol: "icmp", to: "198.51.100.1" }, world)).toBe("passed");
    expect(fate({ protocol: "udp", to: "198.51.100.1", fragment: 0x2000 }, world)).toMatch(/^198\.51\.100\.1:/);
  });

  it("lets queries through to the host's resolver, or to the port that was named", () => {
    for (const protocol of ["tcp", "udp"] as const) {
      const query: FrameSpec = { protocol, to: "10.0.2.3", ports: [40_000, 53], payload: Buffer.from("who") };
      expect(fate(query, world)).toBe("10.0.2.3:53");
      expect(fate(query, { ...world, dnsPort: 5353 })).toBe("10.0.2.2:5353");
    }
  });

  it.each(["127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.2.2", "10.0.2.3", "10.0.2.4", "10.0.2.77", "169.254.169.254"])(
    "does not lead to %s",
    (to) => {
      for (const protocol of ["tcp", "udp"] as const) expect(fate({ protocol, to }, world)).toBe("refused");
      expect(fate({ protocol: "tcp", to, fragment: 0x2000 }, world)).toBe("lost");
    },
  );

  it("does not lead to several hosts at once, and tells nobody so", () => {
    for (const to of ["224.0.0.251", "255.255.255.255", "10.0.2.255"]) {
      expect(fate({ protocol: "udp", to }, world)).toBe("lost");
    }
  });

  it("keeps what could be something else than it looks like", () => {
    const withOptions = aFrame({ protocol: "tcp", to: "198.51.100.1" });
    withOptions[14] = 0x46;
    const ipv6 = Buffer.alloc(80);
    ipv6.writeUInt16BE(0x86dd, 12);
    const tagged = Buffer.concat([
      withOptions.subarray(0, 12),
      Buffer.from("81000001", "hex"),
      withOptions.subarray(12),
    ]);
    const other = aFrame({ protocol: "tcp", to: "198.51.100.1" });
    other[23] = 47;
    const short = aFrame({ protocol: "tcp", to: "10.0.2.2", ports: [1, 53] }).subarray(0, 38);
    const unreachable = aFrame({ protocol: "icmp", to: "198.51.100.1", type: 3 });
    for (const frame of [withOptions, ipv6, tagged, other, short, unreachable, Buffer.alloc(0)]) {
      expect(outward(frame, world)).toBeUndefined();
    }
  });

  it("never lets through what the host would take for its own, whatever a guest makes up", () => {
    const closed = ["10.0.2.0/24", "127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((range) =>
      ipaddr.IPv4.parseCIDR(range),
    );
    const address = fc.oneof(
      fc.ipV4(),
      fc.integer({ min: 0, max: 255 }).map((last) => `10.0.2.${last}`),
      fc.constantFrom("127.0.0.1", "0.0.0.0", "255.255.255.255"),
    );
    const spec = fc.record({
      protocol: fc.constantFrom("icmp", "tcp", "udp"),
      to: address,
      from: address,
      ports: fc.tuple(port(), port()),
      type: fc.integer({ min: 0, max: 255 }),
      fragment: fc.constantFrom(0, 0, 0, 0x2000, 0x2004, 4),
    });
    const policy = fc.record({
      internet: fc.boolean(),
      ports: fc.array(port(), { maxLength: 3 }),
      dnsPort: fc.option(port(), { nil: undefined }),
    });
    fc.assert(
      fc.property(spec, policy, (given, told) => {
        const passage = outward(aFrame(given), told);
        if (passage === undefined || !("on" in passage)) return;
        const [host = "", at = ""] = endsOf(passage.on).to.split(":");
        const isOpen = !closed.some((range) => ipaddr.IPv4.parse(host).match(range));
        const isPing = given.protocol === "icmp" && (host === "10.0.2.2" || host === "10.0.2.3");
        const isDhcp = given.protocol === "udp" && at === "67" && given.ports[0] === 68;
        const isQuery = told.internet && given.to === "10.0.2.3" && given.ports[1] === 53;
        const isService = given.to === "10.0.2.4" && given.protocol === "tcp" && told.ports.includes(given.ports[1]);
        expect((told.internet && isOpen) || isPing || isDhcp || isQuery || isService).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a gate to services of the host", () => {
  it("leads to the ports that it was told of, at their one address, by TCP", () => {
    expect(fate({ protocol: "tcp", to: "10.0.2.4", ports: [1, 6000] }, services)).toBe("10.0.2.2:6000");
    expect(fate({ protocol: "tcp", to: "10.0.2.4", ports: [1, 6001] }, services)).toBe("refused");
    expect(fate({ protocol: "udp", to: "10.0.2.4", ports: [1, 6000] }, services)).toBe("refused");
    expect(fate({ protocol: "tcp", to: "10.0.2.2", ports: [1, 6000] }, services)).toBe("refused");
    expect(fate({ protocol: "tcp", to: "198.51.100.1", ports: [1, 6000] }, services)).toBe("refused");
  });

  it("answers for that address, which QEMU does not know, and for no other", () => {
    const request = (address: string): Buffer =>
      Buffer.from(`ffffffffffff525400120001080600010800060400015254001200010a00020f000000000000${address}`, "hex");
    const answer = "525400120001" + "52550a000202" + "0806" + "0001080006040002";
    expect(outward(request("0a000204"), services)).toEqual({
      answer: Buffer.from(`${answer}52550a0002020a0002045254001200010a00020f`, "hex"),
    });
    expect(outward(request("0a000202"), services)).toEqual({ on: request("0a000202") });
    expect(outward(request("0a000204"), world)).toBeUndefined();
  });
});

it("says which packet it refuses, and why", () => {
  const frame = aFrame({ protocol: "tcp", to: "10.0.2.2", ports: [40_000, 22] });
  const passage = outward(frame, world);
  const answer = passage && "answer" in passage ? passage.answer : Buffer.alloc(0);
  expect(sumOf(answer.subarray(14, 34))).toBe(0);
  expect(sumOf(answer.subarray(34))).toBe(0);
  // Destination unreachable, administratively prohibited.
  expect([...answer.subarray(34, 36)]).toEqual([3, 13]);
  expect(answer.subarray(26, 34).toString("hex")).toBe("0a0002020a00020f");
  expect(answer.subarray(42)).toEqual(frame.subarray(14, 42));
});

function port(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(53, 67, 68, 80, 5000), fc.integer({ min: 0, max: 65_535 }));
}
