/** Where along the picture there is room, in the strips below each network's bar. */
export class Shelves {
  readonly #taken = new Map<number, { from: number; to: number }[]>();

  /** Takes the leftmost room of `width` that is free in all strips from `first` to `last`; says where it begins. */
  take(first: number, last: number, width: number): number {
    const strips = Array.from({ length: last - first + 1 }, (_, index) => this.#strip(first + index));
    const taken = strips.flat().sort((a, b) => a.from - b.from);
    let x = 0;
    for (const { from, to } of taken) {
      if (x + width <= from) break;
      x = Math.max(x, to);
    }
    for (const strip of strips) strip.push({ from: x, to: x + width });
    return x;
  }

  #strip(place: number): { from: number; to: number }[] {
    const strip = this.#taken.get(place) ?? [];
    this.#taken.set(place, strip);
    return strip;
  }
}
