import type { ArpMessage, DnsMessage, Frame, IcmpMessage } from "./frame.ts";

/** What a frame says, in a few words: `tcp 40000 → 80 SYN`. */
export function describeFrame({ protocol, ethernet, arp, ip, tcp, udp, icmp, dns }: Frame): string {
  if (arp) return describeArp(arp);
  if (dns) return `${protocol} ${describeDns(dns)}`;
  if (tcp) return `tcp ${tcp.sourcePort} → ${tcp.destinationPort} ${tcp.flags.join(" ")}${bytesText(tcp.payload)}`;
  if (udp) return `udp ${udp.sourcePort} → ${udp.destinationPort}${bytesText(udp.payload)}`;
  if (icmp) return `${protocol} ${describeIcmp(icmp, ip?.version ?? 4)}`;
  if (ip) return `${protocol} protocol ${ip.protocol}${ip.fragment ? `, fragment at ${ip.fragment.offset}` : ""}`;
  return ethernet ? `ethernet type 0x${ethernet.type.toString(16).padStart(4, "0")}` : "a frame without a header";
}

function bytesText(count: number): string {
  return count === 0 ? "" : `, ${count} ${count === 1 ? "byte" : "bytes"}`;
}

function describeArp({ operation, sender, target }: ArpMessage): string {
  if (operation === "request") return `arp who has ${target.ip}?`;
  return operation === "reply" ? `arp ${sender.ip} is at ${sender.mac}` : `arp operation ${operation}`;
}

const responseCodes: Readonly<Record<number, string>> = { 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED" };
const mostAnswers = 3;

function describeDns({ response, code, questions, answers }: DnsMessage): string {
  const asked = questions.map(({ name, type }) => `${name} ${type}`).join(", ");
  if (!response) return `query ${asked}`;
  const shown = answers.slice(0, mostAnswers).map(({ type, data }) => data ?? type);
  const more = answers.length > mostAnswers ? `, and ${answers.length - mostAnswers} more` : "";
  const outcome = code === 0 ? shown.join(", ") || "nothing" : (responseCodes[code] ?? `code ${code}`);
  return `answer ${asked === "" ? "" : `${asked}: `}${outcome}${more}`;
}

const icmpNames: Readonly<Record<4 | 6, Readonly<Record<number, string>>>> = {
  4: { 0: "echo reply", 3: "unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded" },
  6: {
    ...{ 1: "unreachable", 2: "packet too big", 3: "time exceeded", 128: "echo request", 129: "echo reply" },
    ...{ 133: "router solicitation", 134: "router advertisement", 135: "who has", 136: "is here" },
    ...{ 143: "multicast listener report" },
  },
};

function describeIcmp({ type, code, echo, target }: IcmpMessage, version: 4 | 6): string {
  const name = icmpNames[version][type] ?? `type ${type}`;
  const detail = echo ? ` ${echo.sequence}` : target === undefined ? "" : ` ${target}`;
  return `${name}${detail}${code === 0 ? "" : `, code ${code}`}`;
}
