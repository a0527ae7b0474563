import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Card } from "../address-book.ts";
import type { Sighting } from "../packet.ts";
import { interfaceBlock, packetBlock, sectionHeader } from "./pcapng.ts";

/**
 * Writes packets into a pcapng file, with an interface for each card.
 * @param cards all that the packets were seen at; the same object for the same card
 * @throws the system's errors
 */
export async function saveSightings(
  file: string,
  parts: AsyncIterable<readonly Sighting[]>,
  cards: readonly Card[],
  networkName: (vlan: number) => string,
): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600 });
  const done = finished(stream);
  // Told to the caller by `done` below, or here when it is given up before.
  done.catch(() => undefined);
  const write = async (block: Buffer): Promise<void> => {
    if (!stream.write(block)) await Promise.race([once(stream, "drain"), done]);
  };
  try {
    await write(sectionHeader("vitest-machines"));
    for (const card of cards) {
      const name = `${card.machine} ${card.interface}`;
      await write(interfaceBlock({ name, description: `on ${networkName(card.vlan)}`, mac: card.mac }));
    }
    const numbers = new Map(cards.map((card, number) => [keyOf(card), number]));
    for await (const part of parts) {
      const blocks = part.map(({ card, ...rest }) =>
        packetBlock({ interface: numbers.get(keyOf(card)) ?? 0, ...rest }),
      );
      await write(Buffer.concat(blocks));
    }
    stream.end();
    await done;
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** A machine that was started anew has the same cards. */
export function keyOf({ machine, interface: card }: Card): string {
  return `${machine} ${card}`;
}
