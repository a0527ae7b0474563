import { expect, it } from "vitest";
import { timelineOf } from "../../../../src/network/packets/timeline/timeline.ts";
import { cards, seen } from "../a-packet.ts";
import { ipv4, tcp, udp } from "../frames.ts";

const all = Object.values(cards);
const at = { from: 0, until: 60_000 };

it("tells what two ends said, and what did not arrive", () => {
  const syn = ipv4(6, tcp(0x02));
  const packets = [
    ...[seen(cards.client, "out", 1_000, syn), seen(cards.client, "out", 2_000, syn)],
    ...[seen(cards.server, "in", 2_001, syn), seen(cards.client, "out", 59_950, ipv4(6, tcp(0x10)))],
  ];
  expect(timelineOf(packets, all, at)).toBe(
    [
      "lan, tcp: client:40000 ↔ server:80 (3 packets, 2 lost)",
      "     1.0000 s  client → server  tcp 40000 → 80 SYN  — not seen at server",
      "     2.0000 s  client → server  tcp 40000 → 80 SYN",
      "    59.9500 s  client → server  tcp 40000 → 80 ACK  — not seen at server yet",
    ].join("\n"),
  );
});

it("is of the last flows, and of their last packets", () => {
  const flows = Array.from({ length: 8 }, (_, flow) =>
    Array.from({ length: flow === 7 ? 20 : 1 }, (_one, index) =>
      seen(cards.client, "out", flow * 100 + index, ipv4(17, udp([index], [1000 + flow, 9]))),
    ),
  );
  const lines = timelineOf(flows.flat(), [cards.client], at).split("\n");
  expect(lines[0]).toBe("… 2 flows before these");
  expect(lines.filter((line) => line.startsWith("lan, "))).toHaveLength(6);
  expect(lines.slice(-14, -11)).toEqual([
    "lan, udp: client:1007 ↔ server:9 (20 packets)",
    "  … 8 packets before these",
    "     0.7080 s  client → server  udp 1007 → 9, 1 byte",
  ]);
});

it("says when there was nothing", () => {
  expect(timelineOf([], all, at)).toBe("no packets");
});

it("says what came twice, and what nobody has sent", () => {
  const packets = [seen(cards.client, "out", 1), seen(cards.server, "in", 2), seen(cards.server, "in", 3)];
  expect(timelineOf(packets, all, at)).toContain("SYN  — arrived 2 times");
  expect(timelineOf([seen(cards.server, "in", 2)], all, at)).toContain(
    "SYN  — seen at server; no machine has sent it so",
  );
});
