import type { ArpMessage } from "../frame.ts";
import { ipText, macText } from "./addresses.ts";
import type { Bytes } from "./bytes.ts";

/** Of IPv4 on Ethernet; there is no other. */
export function parseArp(message: Bytes): ArpMessage | undefined {
  const isKnown = message.u32(0) === 0x0001_0800 && message.u16(4) === 0x0604;
  const operation = message.u16(6);
  const [senderMac, senderIp] = [message.take(8, 6), message.take(14, 4)];
  const [targetMac, targetIp] = [message.take(18, 6), message.take(24, 4)];
  if (!isKnown || operation === undefined || !senderMac || !senderIp || !targetMac || !targetIp) return undefined;
  return {
    operation: operation === 1 ? "request" : operation === 2 ? "reply" : operation,
    sender: { mac: macText(senderMac), ip: ipText(senderIp) },
    target: { mac: macText(targetMac), ip: ipText(targetIp) },
  };
}
