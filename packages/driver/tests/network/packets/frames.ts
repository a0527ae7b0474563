/** Builders of frames, for tests. */
export const client = { mac: "52:54:00:12:01:01", ip: "192.168.1.1", ip6: "2001:db8:1::1" };
export const server = { mac: "52:54:00:12:01:02", ip: "192.168.1.2", ip6: "2001:db8:1::2" };

export const u16 = (value: number): number[] => [value >> 8, value & 255];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const mac = (text: string): number[] => text.split(":").map((part) => Number.parseInt(part, 16));
export const ip4 = (text: string): number[] => text.split(".").map(Number);
/** Of addresses with one `::`. */
export const ip6 = (text: string): number[] => {
  const [before = [], after = []] = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
  return groups.flatMap((group) => u16(Number.parseInt(group, 16)));
};

export const frame = (type: number, payload: number[], tags: number[][] = []): Uint8Array =>
  Uint8Array.from([...mac(server.mac), ...mac(client.mac), ...tags.flat(), ...u16(type), ...payload]);

export const ipv4 = (protocol: number, payload: number[], { flags = 0, source = client.ip, to = server.ip } = {}) => {
  const header = [0x45, 0, ...u16(20 + payload.length), ...u16(1), ...u16(flags), 64, protocol, 0, 0];
  return frame(0x0800, [...header, ...ip4(source), ...ip4(to), ...payload]);
};

export const ipv6 = (next: number, payload: number[]) =>
  frame(0x86dd, [0x60, 0, 0, 0, ...u16(payload.length), next, 255, ...ip6(client.ip6), ...ip6(server.ip6), ...payload]);

export const tcp = (flags: number, payload: number[] = [], ports = [40_000, 80]) => [
  ...[...u16(ports[0] ?? 0), ...u16(ports[1] ?? 0), ...u32(1000), ...u32(2000)],
  ...[0x50, flags, ...u16(64_240), 0, 0, 0, 0, ...payload],
];

export const udp = (payload: number[], ports = [40_000, 53]) => [
  ...[...u16(ports[0] ?? 0), ...u16(ports[1] ?? 0), ...u16(8 + payload.length), 0, 0, ...payload],
];

export const name = (text: string): number[] => [
  ...text.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

export const dnsHeader = (flags: number, questions: number, answers: number) => [
  ...[...u16(0x1234), ...u16(flags), ...u16(questions), ...u16(answers), 0, 0, 0, 0],
];

export const dnsQuery = (host: string) => [...dnsHeader(0x0100, 1, 0), ...name(host), ...u16(1), ...u16(1)];
