import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readOptions } from "../../../src/network/dhcp/message.ts";
import { DhcpServer } from "../../../src/network/dhcp/server.ts";
import { parseFrame } from "../../../src/network/packets/parse/parse-frame.ts";
import type { DhcpPlan } from "../../../src/topology/networks/dhcp/plan.ts";
import { sumOf } from "../../qemu/internet/gate/a-frame.ts";
import { aQuery, cardOne, type QuerySpec } from "./a-query.ts";

const plan: DhcpPlan = {
  ...{ vlan: 1, mac: "52:54:00:12:01:ff", address: "10.1.0.254", length: 24 },
  leases: { [cardOne]: "10.1.0.1" },
  range: ["10.1.0.100", "10.1.0.103"],
  taken: ["10.1.0.102"],
  ...{ router: "10.1.0.2", dns: "10.1.0.3", mtu: 1400 },
};
const stranger = "02:00:00:00:00:01";

/** What a server says, for people. */
function said(answer: Buffer | undefined): Record<string, unknown> | undefined {
  if (!answer) return undefined;
  const { ethernet, ip, udp } = parseFrame(answer);
  expect(sumOf(answer.subarray(14, 34))).toBe(0);
  expect([ethernet?.source, ip?.source, udp?.sourcePort, udp?.destinationPort]).toEqual([
    plan.mac,
    plan.address,
    67,
    68,
  ]);
  const message = answer.subarray(42);
  expect([message.length >= 300, message.readUInt32BE(4)]).toEqual([true, 0x12345678]);
  const options = readOptions(message);
  const kind = { 2: "OFFER", 5: "ACK", 6: "NAK" }[options.get(53)?.[0] ?? 0];
  return {
    ...{ kind, to: `${ethernet?.destination} ${ip?.destination}`, yours: message.subarray(16, 20).join(".") },
    options: Object.fromEntries(
      [...options].filter(([option]) => option !== 53).map(([key, value]) => [key, value.join(".")]),
    ),
  };
}

const start = (more: Partial<DhcpPlan> = {}): ((spec: QuerySpec) => ReturnType<typeof said>) => {
  const server = new DhcpServer({ ...plan, ...more });
  return (spec) => said(server.receive(aQuery(spec)).answer);
};
const lease = {
  "1": "255.255.255.0",
  "3": "10.1.0.2",
  "6": "10.1.0.3",
  "26": "5.120",
  "51": "18.204.3.0",
  "54": "10.1.0.254",
};

describe("a card of a machine", () => {
  it("is offered its address with all that belongs to it, and gets it", () => {
    const ask = start();
    const to = `${cardOne} 10.1.0.1`;
    expect(ask({ kind: "DISCOVER" })).toEqual({ kind: "OFFER", to, yours: "10.1.0.1", options: lease });
    expect(ask({ kind: "REQUEST", wants: "10.1.0.1", server: "10.1.0.254" })).toMatchObject({
      kind: "ACK",
      yours: "10.1.0.1",
    });
  });

  it("is offered no other address, whatever it would like, and is told so when it has one", () => {
    const ask = start();
    expect(ask({ kind: "DISCOVER", wants: "10.1.0.100" })).toMatchObject({ yours: "10.1.0.1" });
    const refused = {
      kind: "NAK",
      to: "ff:ff:ff:ff:ff:ff 255.255.255.255",
      yours: "0.0.0.0",
      options: { "54": "10.1.0.254" },
    };
    expect(ask({ kind: "REQUEST", wants: "10.1.0.100", server: "10.1.0.254" })).toEqual(refused);
    expect(ask({ kind: "REQUEST", wants: "192.168.1.5" })).toEqual(refused);
    expect(ask({ kind: "REQUEST", has: "10.1.0.100", to: "10.1.0.254" })).toEqual(refused);
  });

  it("has its lease renewed, also by a server that has never heard of it", () => {
    const renewed = { kind: "ACK", to: `${cardOne} 10.1.0.1`, yours: "10.1.0.1", options: lease };
    expect(start()({ kind: "REQUEST", has: "10.1.0.1", to: "10.1.0.254" })).toEqual(renewed);
    expect(start()({ kind: "REQUEST", has: "10.1.0.1" })).toEqual(renewed);
    expect(start()({ kind: "REQUEST", wants: "10.1.0.1" })).toEqual(renewed);
  });

  it("is answered to everybody when it asks for that", () => {
    expect(start()({ kind: "DISCOVER", broadcast: true })).toMatchObject({ to: "ff:ff:ff:ff:ff:ff 255.255.255.255" });
  });

  it("gets to know the rest when it has an address already", () => {
    const options = Object.fromEntries(Object.entries(lease).filter(([option]) => option !== "51"));
    expect(start()({ kind: "INFORM", has: "10.1.0.77" })).toEqual({
      ...{ kind: "ACK", to: `${cardOne} 10.1.0.77`, yours: "0.0.0.0", options },
    });
  });

  it("keeps its address when it gives it back or declines it", () => {
    const ask = start();
    expect(ask({ kind: "RELEASE", has: "10.1.0.1" })).toBeUndefined();
    expect(ask({ kind: "DECLINE", wants: "10.1.0.1" })).toBeUndefined();
    expect(ask({ kind: "DISCOVER" })).toMatchObject({ yours: "10.1.0.1" });
  });

  it("that is the router is sent to no router", () => {
    const { options } = start({ router: "10.1.0.1" })({ kind: "DISCOVER" }) ?? {};
    expect(options).not.toHaveProperty("3");
  });
});

describe("somebody else", () => {
  const cards = Array.from({ length: 5 }, (_, index) => `02:00:00:00:01:0${index}`);

  it("gets an address of the range that nobody has, as long as there are any", () => {
    const ask = start();
    const given = cards.map((mac) => {
      const offered = ask({ kind: "DISCOVER", mac })?.["yours"] as string | undefined;
      return offered && ask({ kind: "REQUEST", mac, wants: offered, server: "10.1.0.254" })?.["yours"];
    });
    expect(given.slice(0, 3).sort()).toEqual(["10.1.0.100", "10.1.0.101", "10.1.0.103"]);
    expect(given.slice(3)).toEqual([undefined, undefined]);
    // One that is given back can be had.
    expect(ask({ kind: "RELEASE", mac: cards[0] ?? "" })).toBeUndefined();
    expect(ask({ kind: "DISCOVER", mac: cards[3] ?? "" })).toMatchObject({ kind: "OFFER" });
  });

  it("gets the one that it would like if it is free, and the same from each server", () => {
    expect(start()({ kind: "DISCOVER", mac: stranger, wants: "10.1.0.103" })).toMatchObject({ yours: "10.1.0.103" });
    const offers = [start(), start()].map((ask) => ask({ kind: "DISCOVER", mac: stranger })?.["yours"]);
    expect(offers[0]).toBe(offers[1]);
  });

  it("keeps what a server before has given it, if nobody has it now", () => {
    const ask = start();
    expect(ask({ kind: "REQUEST", mac: stranger, has: "10.1.0.101", to: "10.1.0.254" })).toMatchObject({ kind: "ACK" });
    const other = "02:00:00:00:00:02";
    for (const has of ["10.1.0.101", "10.1.0.102", "10.1.0.1", "10.1.0.50", "10.1.0.254"]) {
      expect(ask({ kind: "REQUEST", mac: other, has })).toMatchObject({ kind: "NAK" });
    }
  });

  it("gets another one than that which it has found to be taken", () => {
    const ask = start();
    const first = String(ask({ kind: "DISCOVER", mac: stranger })?.["yours"]);
    ask({ kind: "DECLINE", mac: stranger, wants: first });
    expect(ask({ kind: "DISCOVER", mac: stranger })?.["yours"]).not.toBe(first);
    expect(ask({ kind: "REQUEST", mac: stranger, wants: first })).toMatchObject({ kind: "NAK" });
  });
});

describe("a server", () => {
  it("says nothing to who takes another's offer, to relays, and to what is for others", () => {
    const ask = start();
    expect(ask({ kind: "REQUEST", wants: "10.1.0.1", server: "10.1.0.9" })).toBeUndefined();
    expect(ask({ kind: "DISCOVER", relay: "10.1.0.2" })).toBeUndefined();
    expect(ask({ kind: "DISCOVER", to: "10.1.0.2" })).toBeUndefined();
    expect(ask({ kind: "OFFER" })).toBeUndefined();
  });

  it("says where it is, and writes down what it was asked", () => {
    const server = new DhcpServer(plan);
    const question = Buffer.from(
      "ffffffffffff525400120101080600010800060400015254001201010a010001000000000000" + "0a0100fe",
      "hex",
    );
    const { arp, ethernet } = parseFrame(server.receive(question).answer ?? Buffer.alloc(0));
    expect(arp).toMatchObject({
      operation: "reply",
      sender: { mac: plan.mac, ip: plan.address },
      target: { mac: cardOne },
    });
    expect(ethernet).toMatchObject({ source: plan.mac, destination: cardOne });
    question[41] = 3;
    expect(server.receive(question).answer).toBeUndefined();
    expect(server.receive(aQuery({ kind: "DISCOVER" })).words).toBe(`${cardOne} DISCOVER: OFFER 10.1.0.1`);
    expect(server.receive(aQuery({ kind: "REQUEST", wants: "10.1.0.9" })).words).toBe(
      `${cardOne} REQUEST 10.1.0.9: NAK, its address is 10.1.0.1`,
    );
  });

  it("is not brought down by any frame", () => {
    const server = new DhcpServer(plan);
    const whole = aQuery({ kind: "DISCOVER" });
    const changed = fc.tuple(
      fc.nat(whole.length),
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
    );
    fc.assert(
      fc.property(changed, ([length, bytes]) => {
        const frame = Buffer.from(whole);
        for (const [at, value] of bytes) frame[at] = value;
        server.receive(frame.subarray(0, length));
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void server.receive(Buffer.from(bytes))));
  });
});
