/** Hands out ids that are unique within one QEMU, so that devices cannot collide by construction. */
export class IdAllocator {
  readonly #used = new Map<string, number>();

  /** `disk0`, `disk1`, … */
  next(prefix: string): string {
    const number = this.#used.get(prefix) ?? 0;
    this.#used.set(prefix, number + 1);
    return `${prefix}${number}`;
  }
}
