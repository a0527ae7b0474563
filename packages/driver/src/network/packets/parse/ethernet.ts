import type { EthernetHeader } from "../frame.ts";
import { macText } from "./addresses.ts";
import type { Bytes } from "./bytes.ts";

const tagTypes = [0x8100, 0x88a8];
/** No switch stacks more. */
const mostTags = 8;

/** The header of a frame, and where it ends. */
export function parseEthernet(frame: Bytes): { header: EthernetHeader; end: number } | undefined {
  const [destination, source] = [frame.take(0, 6), frame.take(6, 6)];
  if (!destination || !source) return undefined;
  const tags: number[] = [];
  let at = 12;
  let type = frame.u16(at);
  while (type !== undefined && tagTypes.includes(type) && tags.length < mostTags) {
    const tag = frame.u16(at + 2);
    if (tag === undefined) return undefined;
    tags.push(tag & 0x0fff);
    at += 4;
    type = frame.u16(at);
  }
  if (type === undefined) return undefined;
  return { header: { source: macText(source), destination: macText(destination), type, tags }, end: at + 2 };
}
