import { describe, expect, it } from "vitest";
import { isAt, isMeant } from "../../../src/network/packets/match.ts";
import { validatePacketFilter, type PacketFilter } from "../../../src/topology/capture/packet-filter.ts";
import { cards, seen } from "./a-packet.ts";
import { client, dnsQuery, frame, ip4, ipv4, ipv6, mac, server, tcp, u16, udp } from "./frames.ts";

const arpRequest = frame(0x0806, [
  ...[...u16(1), ...u16(0x0800), 6, 4, ...u16(1), ...mac(client.mac), ...ip4(client.ip)],
  ...[...mac("00:00:00:00:00:00"), ...ip4(server.ip)],
]);
const packet = (bytes: Uint8Array) => seen(cards.client, "out", 5, bytes).packet;

describe("a packet", () => {
  it("names the machines that it is from and for", () => {
    expect(packet(ipv4(6, tcp(0x12)))).toMatchObject({
      ...{ time: 5, network: "lan", machine: "client", interface: "eth1", direction: "out" },
      ...{ from: "client", to: "server", protocol: "tcp", length: 54 },
    });
    expect(packet(arpRequest)).toMatchObject({ from: "client", to: "server" });
    expect(packet(ipv6(17, udp([1])))).toMatchObject({ from: "client", to: "server" });
  });

  it("has the address of somebody else, and where that is nobody's the machine with the MAC", () => {
    expect(packet(ipv4(17, udp([1]), { to: "8.8.8.8" }))).toMatchObject({ from: "client", to: "8.8.8.8" });
    expect(packet(ipv4(17, udp([1]), { source: "0.0.0.0", to: "255.255.255.255" }))).toMatchObject({
      from: "client",
      to: "255.255.255.255",
    });
    expect(packet(ipv4(17, udp([1]), { source: "8.8.8.8" })).from).toBe("8.8.8.8");
    expect(packet(Uint8Array.of(1, 2))).toMatchObject({ from: "?", to: "?", protocol: "ethernet" });
  });

  it("has its bytes, and does not print them", () => {
    const bytes = ipv4(6, tcp(0x12));
    expect(packet(bytes).bytes).toBe(bytes);
    expect(Object.keys(packet(bytes))).not.toContain("bytes");
  });

  it.each([
    [ipv4(6, tcp(0x02)), "client → server  tcp 40000 → 80 SYN"],
    [ipv4(6, tcp(0x18, [1, 2])), "client → server  tcp 40000 → 80 PSH ACK, 2 bytes"],
    [ipv4(17, udp([1], [7, 9])), "client → server  udp 7 → 9, 1 byte"],
    [ipv4(17, udp(dnsQuery("a.test"))), "client → server  dns query a.test A"],
    [ipv4(1, [8, 0, 0, 0, 0, 1, 0, 4]), "client → server  icmp echo request 4"],
    [ipv4(1, [3, 1, 0, 0, 0, 0, 0, 0]), "client → server  icmp unreachable, code 1"],
    [ipv4(89, [1]), "client → server  ipv4 protocol 89"],
    [arpRequest, "client → server  arp who has 192.168.1.2?"],
    [frame(0x88cc, [1]), "client → server  ethernet type 0x88cc"],
  ])("is a line for people", (bytes, line) => {
    expect(String(packet(bytes))).toBe(line);
  });
});

describe("a filter", () => {
  const scope = { machines: ["client", "server"], networks: new Map(), vlans: [1, 2] };
  const plan = (filter: PacketFilter) => validatePacketFilter(filter, "filter", scope);
  const dns = packet(ipv4(17, udp(dnsQuery("a.test")), { to: "10.1.2.3" }));

  it.each<[PacketFilter, boolean]>([
    [{}, true],
    [{ protocol: "dns" }, true],
    [{ protocol: "udp" }, true],
    [{ protocol: "ipv4" }, true],
    [{ protocol: "ethernet" }, true],
    [{ protocol: ["tcp", "arp", "ipv6", "mdns"] }, false],
    [{ port: 53 }, true],
    [{ port: [80, 40_000] }, true],
    [{ port: 80 }, false],
    [{ from: "client" }, true],
    [{ from: "192.168.1.1" }, true],
    [{ from: client.mac }, true],
    [{ from: "server" }, false],
    [{ to: "10.1.0.0/16" }, true],
    [{ to: ["10.2.0.0/16", "2001:db8::/32"] }, false],
    [{ to: "server" }, false],
    [{ from: "client", to: "10.1.2.3", protocol: "dns", port: 53 }, true],
    [{ from: "client", protocol: "tcp" }, false],
  ])("%j means a DNS query to an address that no machine has: %s", (filter, expected) => {
    expect(isMeant(plan(filter), dns)).toBe(expected);
  });

  it("has ports of TCP and UDP alone", () => {
    expect(isMeant(plan({ port: 0 }), packet(arpRequest))).toBe(false);
  });

  it.each<[PacketFilter, [out: boolean, arrived: boolean]]>([
    [{}, [true, false]],
    [{ direction: "in" }, [false, true]],
    [{ direction: "both", network: 1 }, [true, true]],
    [{ network: 2 }, [false, false]],
    [{ machine: "client" }, [true, true]],
    [{ machine: "server" }, [false, false]],
  ])("%j looks at the client's card for what goes out and comes in: %j", (filter, expected) => {
    expect((["out", "in"] as const).map((way) => isAt(plan(filter), cards.client, way))).toEqual(expected);
  });
});
