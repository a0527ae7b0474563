import type { Life } from "./life.ts";

/** The cables of a machine's VLAN cards: in its present run, and in those that are still to come. */
export class Cables {
  readonly #out = new Set<number>();

  /** @param card by its place among the machine's cards */
  isOut(card: number): boolean {
    return this.#out.has(card);
  }

  /** @param card by its place among the machine's cards */
  async set(life: Life | undefined, card: number, isPlugged: boolean): Promise<void> {
    if (isPlugged) this.#out.delete(card);
    else this.#out.add(card);
    if (life && !life.down.aborted) await setLink(life, card, isPlugged);
  }

  /** Makes a run that has not begun yet find its cables as they are. */
  async arrange(life: Life): Promise<void> {
    await Promise.all([...this.#out].map((card) => setLink(life, card, false)));
  }
}

function setLink(life: Life, card: number, up: boolean): Promise<unknown> {
  return life.guard(life.qemu.qmp.execute("set_link", { name: `vlan${card}`, up }));
}
