import { at, protocols, type Packet } from "./packet.ts";

/** One end of a packet's way. */
export interface End {
  readonly address: number;
  readonly port: number;
}

/** Gives a packet another target or another source, in place; its checksums are right again. */
export function redirect(
  frame: Buffer,
  { protocol }: Packet,
  which: "source" | "target",
  { address, port }: End,
): void {
  const isUdp = protocol === protocols.udp;
  const own = at.payload + (isUdp ? 6 : 16);
  const replace = (offset: number, value: number, checksums: readonly number[]): void => {
    const before = frame.readUInt16BE(offset);
    frame.writeUInt16BE(value, offset);
    for (const checksum of checksums) adjust(frame, checksum, before, value);
  };
  // A UDP packet without a checksum stays so.
  const inner = isUdp && frame.readUInt16BE(own) === 0 ? [] : [own];
  replace(at[which], address >>> 16, [at.ipChecksum, ...inner]);
  replace(at[which] + 2, address & 0xffff, [at.ipChecksum, ...inner]);
  replace(at.payload + (which === "source" ? 0 : 2), port, inner);
  // 0 would say that there is none.
  if (isUdp && inner.length > 0 && frame.readUInt16BE(own) === 0) frame.writeUInt16BE(0xffff, own);
}

/** What a checksum is when one of the words that it is of becomes another (RFC 1624). */
function adjust(frame: Buffer, offset: number, before: number, after: number): void {
  let sum = (~frame.readUInt16BE(offset) & 0xffff) + (~before & 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.writeUInt16BE(~sum & 0xffff, offset);
}
