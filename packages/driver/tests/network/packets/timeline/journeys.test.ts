import { expect, it } from "vitest";
import { journeysOf, type Seen } from "../../../../src/network/packets/timeline/journeys.ts";
import { cards, seen } from "../a-packet.ts";
import { client, frame, ip4, ipv4, mac, server, tcp, u16 } from "../frames.ts";

const all = Object.values(cards);
const summary = (packets: readonly Seen[]) =>
  journeysOf(packets, all).map(({ packet, arrivals, missedBy, isUnsent }) => ({
    ...{ at: packet.time, arrivals },
    ...(missedBy !== undefined && { missedBy }),
    ...(isUnsent && { isUnsent }),
  }));
const arp = frame(0x0806, [
  ...[...u16(1), ...u16(0x0800), 6, 4, ...u16(1), ...mac(client.mac), ...ip4(client.ip)],
  ...[...mac("00:00:00:00:00:00"), ...ip4(server.ip)],
]);
arp.set(mac("ff:ff:ff:ff:ff:ff"));

it("go from one card to the other, even when the clocks differ a little", () => {
  expect(summary([seen(cards.server, "in", 9), seen(cards.client, "out", 10)])).toEqual([
    { at: 10, arrivals: ["server"] },
  ]);
});

it("may end nowhere", () => {
  expect(summary([seen(cards.client, "out", 10)])).toEqual([{ at: 10, arrivals: [], missedBy: "server" }]);
});

it("are told apart when a frame is sent again because the first was lost", () => {
  const sent = [10, 1010].map((time) => seen(cards.client, "out", time));
  expect(summary([...sent, seen(cards.server, "in", 1011)])).toEqual([
    { at: 10, arrivals: [], missedBy: "server" },
    { at: 1010, arrivals: ["server"] },
  ]);
});

it("are told apart when frames that look alike overtake nobody", () => {
  const sent = [10, 11].map((time) => seen(cards.client, "out", time));
  const arrived = [12, 13].map((time) => seen(cards.server, "in", time));
  expect(summary([...sent, ...arrived])).toEqual([
    { at: 10, arrivals: ["server"] },
    { at: 11, arrivals: ["server"] },
  ]);
});

it("end twice where a frame was copied on its way", () => {
  expect(summary([seen(cards.client, "out", 10), seen(cards.server, "in", 11), seen(cards.server, "in", 12)])).toEqual([
    { at: 10, arrivals: ["server", "server"] },
  ]);
});

it("have no beginning when a frame was changed on its way", () => {
  const changed = ipv4(6, tcp(0x03));
  expect(summary([seen(cards.client, "out", 10), seen(cards.server, "in", 11, changed)])).toEqual([
    { at: 10, arrivals: [], missedBy: "server" },
    { at: 11, arrivals: ["server"], isUnsent: true },
  ]);
});

it("of frames for all are lost when whom they ask for has not got them", () => {
  const toThird = seen(cards.third, "in", 11, arp);
  expect(summary([seen(cards.client, "out", 10, arp), toThird])).toEqual([
    { at: 10, arrivals: ["third"], missedBy: "server" },
  ]);
  expect(summary([seen(cards.client, "out", 10, arp), toThird, seen(cards.server, "in", 12, arp)])).toEqual([
    { at: 10, arrivals: ["third", "server"] },
  ]);
});

it("go on when a switch takes a tag off", () => {
  const plain = ipv4(6, tcp(0x02));
  const tagged = frame(0x0800, Array.from(plain.subarray(14)), [[0x81, 0x00, 0, 7]]);
  expect(summary([seen(cards.client, "out", 10, tagged), seen(cards.server, "in", 11, plain)])).toEqual([
    { at: 10, arrivals: ["server"] },
  ]);
});

it("to nobody who was recorded are not lost", () => {
  expect(journeysOf([seen(cards.client, "out")], [cards.client])).toMatchObject([{ missedBy: undefined }]);
});
