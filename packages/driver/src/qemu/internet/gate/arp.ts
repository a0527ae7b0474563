import { at, etherTypes } from "./packet.ts";

const arp = { operation: 20, senderMac: 22, targetMac: 32, targetAddress: 38, length: 42 } as const;
const request = 1;
const reply = 2;

export function isArp(frame: Buffer): boolean {
  return frame.length >= arp.length && frame.readUInt16BE(at.etherType) === etherTypes.arp;
}

/** Whether an ARP message asks who has this address. */
export function asksFor(frame: Buffer, address: number): boolean {
  return frame.readUInt32BE(arp.targetAddress) === address && frame.readUInt16BE(arp.operation) === request;
}

/** The answer to whoever asks for an address: it is at this MAC. */
export function arpAnswer(frame: Buffer, address: number, mac: Buffer): Buffer {
  const answer = Buffer.from(frame.subarray(0, arp.length));
  const asker = frame.subarray(arp.senderMac, arp.senderMac + 10);
  asker.copy(answer, 0, 0, 6);
  mac.copy(answer, 6);
  answer.writeUInt16BE(reply, arp.operation);
  mac.copy(answer, arp.senderMac);
  answer.writeUInt32BE(address, arp.senderMac + 6);
  asker.copy(answer, arp.targetMac);
  return answer;
}
