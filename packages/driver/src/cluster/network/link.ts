import type { VerbOptions } from "../../machine/options.ts";
import type { Card } from "./find-card.ts";

/** What a link tells its cluster's network to do. */
export interface LinkControl {
  plug(card: Card, isPlugged: boolean, options: VerbOptions): Promise<void>;
}

/** A machine's connection to one network: its card, the cable, and the port of the switch. */
export class Link {
  /** Of the machine. */
  readonly machine: string;
  /** Of the network, or `VLAN 1` where it has none. */
  readonly network: string;
  readonly #card: Card;
  readonly #control: LinkControl;

  constructor(card: Card, control: LinkControl) {
    this.machine = card.node.name;
    this.network = card.network;
    this.#card = card;
    this.#control = control;
  }

  /**
   * Pulls the cable: nothing comes in or goes out, and the guest sees its carrier go. It stays out over reboots and starts.
   * @throws ABORTED
   */
  down(options: VerbOptions = {}): Promise<void> {
    return this.#control.plug(this.#card, false, options);
  }

  /** Plugs the cable in again. @throws ABORTED */
  up(options: VerbOptions = {}): Promise<void> {
    return this.#control.plug(this.#card, true, options);
  }
}
