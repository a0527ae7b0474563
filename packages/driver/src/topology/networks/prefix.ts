import ipaddr from "ipaddr.js";
import { isIP } from "node:net";

/** An address and how many of its leading bits name the network that it is in. */
export interface Prefix {
  /** Canonical text, without the length. */
  readonly address: string;
  readonly length: number;
  readonly family: 4 | 6;
}

/** @returns undefined unless the text is an address; names are none */
export function parseAddress(text: unknown): Prefix | undefined {
  if (typeof text !== "string") return undefined;
  // ipaddr.js alone also takes `10.1` and scoped addresses.
  const family = text.includes("%") ? 0 : isIP(text);
  if (family !== 4 && family !== 6) return undefined;
  return { address: ipaddr.parse(text).toString(), length: family === 4 ? 32 : 128, family };
}

/** @returns undefined unless the text is an address with the length of its network, such as `10.0.0.1/24` */
export function parsePrefix(text: unknown): Prefix | undefined {
  if (typeof text !== "string") return undefined;
  const [, before, digits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(before);
  const length = Number(digits);
  return address && length <= address.length ? { ...address, length } : undefined;
}

export function prefixText({ address, length }: Prefix): string {
  return `${address}/${length}`;
}

/** The address of a text such as `10.0.0.1/24`. */
export function withoutLength(text: string): string {
  return text.replace(/\/\d+$/, "");
}

/** Whether an address is in the network of a prefix. */
export function isWithin(address: Prefix, network: Prefix): boolean {
  if (address.family !== network.family) return false;
  return ipaddr.parse(address.address).match(ipaddr.parse(network.address), network.length);
}

/**
 * Host `number` of a network, with the network's length. In IPv6 the digits of the number are taken as text, as in all addresses
 * of this project: host 10 is `::10`.
 * @returns undefined when the network has no room for that host
 */
export function hostOf(network: Prefix, number: number): Prefix | undefined {
  const bytes = ipaddr.parse(network.address).toByteArray();
  const bits = bytes.length * 8 - network.length;
  const value = BigInt(network.family === 4 ? number : `0x${number}`);
  // The last IPv4 address of a network is its broadcast address.
  if (value >= (1n << BigInt(bits)) - (network.family === 4 ? 1n : 0n)) return undefined;
  const first = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const host = ((first >> BigInt(bits)) << BigInt(bits)) | value;
  const digits = host.toString(16).padStart(bytes.length * 2, "0");
  const octets = digits.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return { address: ipaddr.fromByteArray(octets).toString(), length: network.length, family: network.family };
}
