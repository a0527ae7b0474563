/** Numbers that are handed out and come back: ports and VLANs of a switch. */
export class Numbers {
  readonly #first: number;
  readonly #end: number;
  readonly #taken = new Set<number>();

  /** @param end the first that is none of them */
  constructor(first: number, end: number) {
    this.#first = first;
    this.#end = end;
  }

  /** The lowest that is free. */
  take(): number {
    for (let number = this.#first; number < this.#end; number++) {
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
