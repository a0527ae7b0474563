import type { Sighting } from "../packet.ts";
import type { TapReader } from "./tap-file.ts";

/**
 * The packets that several files have by now, in the order of their time, in parts: one by one, waiting for each would take most of
 * the time.
 * @param until later ones stay where they are; a file that was read first may not have what another already has
 */
export async function* merged(readers: readonly TapReader[], until: number): AsyncGenerator<Sighting[]> {
  const drained = new Set<TapReader>();
  for (;;) {
    const empty = readers.filter((reader) => !reader.next && !drained.has(reader));
    for (const reader of empty) if (!(await reader.fill())) drained.add(reader);
    const part: Sighting[] = [];
    for (;;) {
      const reader = earliest(readers, until);
      const sighting = reader?.take();
      if (!reader || !sighting) break;
      part.push(sighting);
      // What it has next may come before what the others have.
      if (!reader.next && !drained.has(reader)) break;
    }
    if (part.length > 0) yield part;
    else if (readers.every((reader) => reader.next !== undefined || drained.has(reader))) return;
  }
}

function earliest(readers: readonly TapReader[], until: number): TapReader | undefined {
  let first: TapReader | undefined;
  for (const reader of readers) {
    const time = reader.next?.time ?? Infinity;
    if (time <= until && time < (first?.next?.time ?? Infinity)) first = reader;
  }
  return first;
}
