import { AddressBook, type Card } from "../../../src/network/packets/address-book.ts";
import { packetOf, type Packet } from "../../../src/network/packets/packet.ts";
import { client, ipv4, server, tcp } from "./frames.ts";

export const cards = {
  client: { machine: "client", interface: "eth1", vlan: 1, mac: client.mac },
  server: { machine: "server", interface: "eth1", vlan: 1, mac: server.mac },
  third: { machine: "third", interface: "eth1", vlan: 1, mac: "52:54:00:12:01:03" },
} satisfies Record<string, Card>;

export const book = new AddressBook();
for (const [name, { mac, ip, ip6 }] of Object.entries({ client, server })) {
  book.add({ name, interfaces: [{ name: "eth1", vlan: 1, mac, addresses: [`${ip}/24`, `${ip6}/64`] }] });
}
const names = { book, networkName: (vlan: number) => (vlan === 1 ? "lan" : `VLAN ${vlan}`) };

/** A packet at a card. */
export const seen = (
  card: Card,
  direction: "out" | "in",
  time = 0,
  bytes: Uint8Array = ipv4(6, tcp(0x02)),
): { card: Card; packet: Packet } => ({
  card,
  packet: packetOf({ card, direction, time, length: bytes.length, bytes }, names),
});
