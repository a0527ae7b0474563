/** What has arrived and waits for the one who asks for it, in order. */
export class Inbox<T> {
  readonly #items: T[] = [];
  #failure: Error | undefined;
  #waiting: { resolve: (item: T) => void; reject: (error: Error) => void } | undefined;

  /** How many wait. */
  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#failure !== undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting.resolve(item);
    else this.#items.push(item);
  }

  /** Nothing more will come: whoever asks, now or later, gets the error. What waits is dropped; the first error stays. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#items.length = 0;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** The next item, as soon as there is one. One may ask at a time. */
  next(): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      const item = this.#items.shift();
      if (item !== undefined) return resolve(item);
      this.#waiting = { resolve, reject };
    });
  }
}
