import type { Card } from "../address-book.ts";
import type { Packet } from "../packet.ts";

/** A packet at the card that it was seen at. */
export interface Seen {
  readonly card: Card;
  readonly packet: Packet;
}

/** A frame on its way through a network: where it was sent, and where it arrived. */
export interface Journey {
  readonly card: Card;
  readonly packet: Packet;
  /** The machines whose cards it reached, once for each time. */
  readonly arrivals: readonly string[];
  /** The machine that it was for and did not reach. */
  readonly missedBy: string | undefined;
  /** It arrived and nobody has sent it so: it was changed on its way, or comes from elsewhere. */
  readonly isUnsent: boolean;
}

/** Clocks of two machines are this far apart at most, in milliseconds. */
const clockErrorMs = 3;
const tagTypes = ["8100", "88a8"];

/**
 * Finds for each frame that was sent where it arrived. Frames are told apart by their bytes: one that was changed on its way
 * counts as lost, and as one that nobody has sent. Pure.
 * @param all of both directions, in the order of their time
 * @param cards that were recorded
 */
export function journeysOf(all: readonly Seen[], cards: readonly Card[]): Journey[] {
  const sent = all.filter(isSent).map((seen) => ({ ...seen, arrivals: [] as string[] }));
  const alike = new Map<string, typeof sent>();
  for (const journey of sent) {
    const key = keyOf(journey);
    const others = alike.get(key);
    if (others) others.push(journey);
    else alike.set(key, [journey]);
  }
  const unsent: Seen[] = [];
  for (const seen of all) {
    if (isSent(seen)) continue;
    const { machine, time } = seen.packet;
    const before = alike
      .get(keyOf(seen))
      ?.filter(({ packet }) => packet.machine !== machine && packet.time <= time + clockErrorMs);
    // The last one before it: a frame is sent again, as it was, when the first was lost. What has arrived has come twice.
    const journey = before?.findLast(({ arrivals }) => !arrivals.includes(machine)) ?? before?.at(-1);
    if (journey) journey.arrivals.push(machine);
    else unsent.push(seen);
  }
  const journeys = [
    ...sent.map((one) => ({ ...one, missedBy: missing(one, cards), isUnsent: false })),
    ...unsent.map((one) => ({ ...one, arrivals: [one.packet.machine], missedBy: undefined, isUnsent: true })),
  ];
  return journeys.sort((a, b) => a.packet.time - b.packet.time);
}

function isSent({ packet }: Seen): boolean {
  return packet.direction === "out";
}

function missing(sent: Seen & { arrivals: readonly string[] }, cards: readonly Card[]): string | undefined {
  const receiver = receiverOf(sent, cards);
  return receiver === undefined || sent.arrivals.includes(receiver) ? undefined : receiver;
}

/**
 * Whose card a frame is for: by its MAC, or, when it is for a group, by what it asks for. Others of a group are not expected to
 * get it: which they are depends on what the switch knows.
 */
function receiverOf({ card, packet }: Seen, cards: readonly Card[]): string | undefined {
  const { ethernet, to, icmp } = packet;
  if (!ethernet) return undefined;
  const others = cards.filter((one) => one.vlan === card.vlan && one.machine !== card.machine);
  const isGroup = (Number.parseInt(ethernet.destination.slice(0, 2), 16) & 1) === 1;
  if (!isGroup) return others.find(({ mac }) => mac === ethernet.destination)?.machine;
  return icmp === undefined ? others.find(({ machine }) => machine === to)?.machine : undefined;
}

/** The frame without its 802.1Q tags, which a switch adds and takes off, on its network. */
function keyOf({ card, packet: { bytes } }: Seen): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let at = 12;
  while (tagTypes.includes(Buffer.from(bytes.subarray(at, at + 2)).toString("hex"))) at += 4;
  return `${card.vlan} ${text.slice(0, 12)}${text.slice(at)}`;
}
