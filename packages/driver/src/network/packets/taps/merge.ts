import type { Sighting } from "../packet.ts";
import type { TapReader } from "./tap-file.ts";

/**
 * The packets that several files have by now, in the order of their time.
 * @param until later ones stay where they are; a file that was read first may not have what another already has
 */
export async function* merged(readers: readonly TapReader[], until: number): AsyncGenerator<Sighting> {
  const drained = new Set<TapReader>();
  for (;;) {
    let first: TapReader | undefined;
    for (const reader of readers) {
      if (!reader.next && !drained.has(reader)) {
        if (!(await reader.fill())) drained.add(reader);
      }
      const time = reader.next?.time ?? Infinity;
      if (time <= until && time < (first?.next?.time ?? Infinity)) first = reader;
    }
    const sighting = first?.take();
    if (!sighting) return;
    yield sighting;
  }
}
