/**
 * Numbers that are handed out and come back: ports and VLANs of a switch. One that has come back is handed out as late as
 * possible, because what had it may take a moment to go.
 */
export class Numbers {
  readonly #first: number;
  readonly #end: number;
  readonly #taken = new Set<number>();
  #next: number;

  /** @param end the first that is none of them */
  constructor(first: number, end: number) {
    this.#first = first;
    this.#next = first;
    this.#end = end;
  }

  /** The next that is free. */
  take(): number {
    const count = this.#end - this.#first;
    for (let step = 0; step < count; step++) {
      const number = this.#next;
      this.#next = this.#first + ((number + 1 - this.#first) % count);
      if (this.#taken.has(number)) continue;
      this.#taken.add(number);
      return number;
    }
    throw new Error(`there is no number left from ${this.#first} to ${this.#end - 1}`);
  }

  giveBack(number: number): void {
    this.#taken.delete(number);
  }
}
