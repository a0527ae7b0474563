/** An IPv4 address as a number. */
export function toNumber(text: string): number {
  return text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}

/** On QEMU's network. It answers pings itself; anything else that is sent to it arrives at the host's loopback. */
export const router: number = toNumber("10.0.2.2");
/** On QEMU's network, where the host's own resolver answers. */
export const resolver: number = toNumber("10.0.2.3");
/** What guests know the host's loopback by, of which they see no more than was declared. QEMU does not know it. */
export const host: number = toNumber("10.0.2.4");
export const broadcast: number = toNumber("255.255.255.255");
/** The MAC of whatever is on QEMU's network. */
export const routerMac: Buffer = Buffer.from("52550a000202", "hex");

/**
 * What lies beyond the host: neither QEMU's network, nor addresses that the host takes for its loopback, nor those that never leave a link, where clouds have their machines' credentials,
 * nor those of several hosts.
 */
export function isOutside(address: number): boolean {
  return !inside.some(([first, length]) => address >= first && address < first + 2 ** (32 - length));
}

const inside = ["10.0.2.0/24", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"].map((prefix) => {
  const [address = "", length = ""] = prefix.split("/");
  return [toNumber(address), Number(length)] as const;
});

/** Of one host, not of several. */
export function isSingle(address: number): boolean {
  return address < several && address !== toNumber("10.0.2.255");
}

const several = toNumber("224.0.0.0");
