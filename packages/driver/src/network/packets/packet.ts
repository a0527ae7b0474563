import type { AddressBook, Card } from "./address-book.ts";
import { describeFrame } from "./describe-frame.ts";
import type { Frame } from "./frame.ts";
import { parseFrame } from "./parse/parse-frame.ts";

/** A frame at one card: its machine has sent it, or it has reached its machine. */
export interface Sighting {
  readonly card: Card;
  readonly direction: "out" | "in";
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  /** In bytes, when it was sent. */
  readonly length: number;
  /** As much of it as was recorded. */
  readonly bytes: Uint8Array;
}

/** A frame that was seen at a machine's card, and what it says. */
export interface Packet extends Frame {
  /** When it passed the card, in milliseconds since the epoch, with a fraction. Comparable between machines to some tenths. */
  readonly time: number;
  /** Name of the network, or `VLAN 3` for one without. */
  readonly network: string;
  /** Whose card it passed. */
  readonly machine: string;
  /** The card's name in the guest. */
  readonly interface: string;
  /** Whether that machine has sent it, or it has reached that machine. */
  readonly direction: "out" | "in";
  /**
   * The machine that was declared with its source address, else the address. Addresses that hold on one network alone, such as
   * `fe80::…`, and `0.0.0.0`, are those of the machine with the MAC.
   */
  readonly from: string;
  /** The same of its destination. */
  readonly to: string;
  /** In bytes, with the Ethernet header and without its checksum. */
  readonly length: number;
  /** The frame itself. Not shown where packets are printed. */
  readonly bytes: Uint8Array;
  /** One line for people. */
  toString(): string;
}

/** What names are given with. */
export interface Names {
  readonly book: AddressBook;
  readonly networkName: (vlan: number) => string;
}

/** Understands a frame that was seen. */
export function packetOf({ card, direction, time, length, bytes }: Sighting, { book, networkName }: Names): Packet {
  const frame = parseFrame(bytes);
  const { ethernet } = frame;
  const [source, destination] = [sourceOf(frame), destinationOf(frame)];
  const shown = {
    time,
    network: networkName(card.vlan),
    machine: card.machine,
    interface: card.interface,
    direction,
    from: nameOf(source, ethernet?.source, book),
    to: nameOf(destination, ethernet?.destination, book),
    length,
    ...frame,
  };
  // Not enumerable, so that a failed expectation shows what the packet says and not its bytes.
  return Object.defineProperties(shown, {
    bytes: { value: bytes },
    toString: { value: () => `${shown.from} → ${shown.to}  ${describeFrame(frame)}` },
  }) as typeof shown & { bytes: Uint8Array };
}

/** The address that a frame says it is from: of IP, else of Ethernet. */
export function sourceOf({ ip, arp, ethernet }: Frame): string | undefined {
  return ip?.source ?? arp?.sender.ip ?? ethernet?.source;
}

/** The address that a frame is for. */
export function destinationOf({ ip, arp, ethernet }: Frame): string | undefined {
  return ip?.destination ?? arp?.target.ip ?? ethernet?.destination;
}

/** Unspecified and link-local ones: no router passes them on, so that the MAC is of the machine that has them. */
const localAddresses = /^(0\.0\.0\.0|169\.254\..*|::|fe80:.*)$/;

function nameOf(address: string | undefined, mac: string | undefined, book: AddressBook): string {
  const owner = book.ownerOf(address);
  if (owner !== undefined || address === undefined) return owner ?? "?";
  return (localAddresses.test(address) ? book.ownerOf(mac) : undefined) ?? address;
}
