import { MachinesError } from "@vitest-machines/host";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Line, type Tappable } from "./line.ts";
import type { TapFile } from "./tap-file.ts";

/** Somebody who wants what passes some cards. */
export interface Listener {
  readonly vlans: readonly number[];
  /** Called with each tap while it listens. @param isFresh it has recorded nothing yet */
  readonly onTap: (file: TapFile, isFresh: boolean) => Promise<void>;
}

/** The taps of a cluster: each card is recorded once, for all who listen, and only while somebody does. */
export class Taps {
  readonly #folder: string;
  /** By machine, as it runs now. */
  readonly #lines = new Map<string, Line>();
  readonly #listeners = new Set<Listener>();
  readonly #known = new Set<TapFile>();
  #files = 0;
  #isClosed = false;

  /** @param folder for what is recorded; it is made when the first needs it, and gone at the end */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Takes note of a QEMU that has been made, in the place of the former one of the same machine. Settles when what its guest is
   * going to send is recorded, if anybody listens.
   * @throws CAPTURE_FAILED
   */
  async join(target: Tappable): Promise<void> {
    const line = new Line(target);
    this.#lines.set(target.node.name, line);
    await Promise.all([...this.#listeners].map((listener) => this.#tap(line, listener)));
  }

  /** Begins with what passes from now on. @throws CAPTURE_FAILED, HANDLE_MISUSE; then it does not listen */
  async listen(listener: Listener): Promise<void> {
    this.throwIfClosed();
    this.#listeners.add(listener);
    try {
      await this.sync();
      await Promise.all(this.#living.map((line) => this.#tap(line, listener)));
    } catch (error) {
      await this.leave(listener);
      throw error;
    }
  }

  /** Cards that nobody listens to any more are not recorded. Idempotent. */
  async leave(listener: Listener): Promise<void> {
    this.#listeners.delete(listener);
    const wanted = new Set([...this.#listeners].flatMap(({ vlans }) => vlans));
    const left = this.#living.flatMap((line) =>
      line.cards.flatMap(({ vlan }, index) => (wanted.has(vlan) ? [] : [line.untap(index)])),
    );
    await Promise.all(left);
  }

  /** Settles when everything that passed a card before the call can be read. @throws CAPTURE_FAILED when it cannot */
  async sync(): Promise<void> {
    await Promise.all(this.#living.map((line) => line.sync()));
  }

  /** Ends all taps and forgets what they have recorded. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    try {
      await Promise.all(this.#living.flatMap((line) => line.cards.map((_card, index) => line.untap(index))));
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }

  /** @throws HANDLE_MISUSE when what was recorded is gone */
  throwIfClosed(): void {
    if (this.#isClosed)
      throw new MachinesError("HANDLE_MISUSE", "packets cannot be looked at: their cluster was stopped.");
  }

  get #living(): readonly Line[] {
    return [...this.#lines.values()].filter(({ isUp }) => isUp);
  }

  async #tap(line: Line, listener: Listener): Promise<void> {
    const wanted = line.cards.flatMap(({ vlan }, index) => (listener.vlans.includes(vlan) ? [index] : []));
    if (wanted.length > 0) await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await Promise.all(
      wanted.map(async (index) => {
        const files = await line.tap(index, () => join(this.#folder, String(++this.#files)));
        for (const file of files) {
          const isFresh = !this.#known.has(file);
          this.#known.add(file);
          await listener.onTap(file, isFresh);
        }
      }),
    );
  }
}
