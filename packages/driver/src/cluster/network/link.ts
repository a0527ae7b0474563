import type { VerbOptions } from "../../machine/options.ts";
import type { Card } from "../../network/faults/effective.ts";
import { mergeImpairments, settingsOf, type Impairments } from "../../network/faults/impairments.ts";
import type { Direction } from "../../network/wiring/filter.ts";
import { networkName } from "./find-card.ts";
import { requireFaultable } from "./check-fault.ts";
import type { ActiveFault, FaultBoard } from "./fault-board.ts";

export interface LinkOptions extends VerbOptions {
  /** `"in"`: what comes to the machine; `"out"`: what it sends. Default: both. */
  direction?: Direction | undefined;
}

const directions: readonly Direction[] = ["in", "out"];

/** A machine's connection to one network: its card, the cable, and the port of the switch. */
export class Link {
  /** Of the machine. */
  readonly machine: string;
  /** Of the network, or `VLAN 1` where it has none. */
  readonly network: string;
  readonly #card: Card;
  readonly #board: FaultBoard;

  constructor(card: Card, board: FaultBoard) {
    this.machine = card.machine;
    this.network = networkName(card);
    this.#card = card;
    this.#board = board;
  }

  /**
   * Pulls the cable: nothing comes in or goes out, and the guest sees its carrier go. It stays out over reboots and starts.
   * @throws ABORTED
   */
  down(options: VerbOptions = {}): Promise<void> {
    return this.#board.change((before) => [...without(before, this.#id("down")), this.#fault("down", {})], options);
  }

  /** Plugs the cable in again. @throws ABORTED */
  up(options: VerbOptions = {}): Promise<void> {
    return this.#board.change((before) => without(before, this.#id("down")), options);
  }

  /**
   * Sets what the link does to packets, at once and while it runs. What is not spoken of stays as it was set before; `null` takes a
   * value back. Each end of a way has a link: what two machines say to each other passes both.
   * @throws DECLARATION_INVALID, TOOL_MISSING, SWITCH_FAILED, ABORTED
   */
  async set(impairments: Impairments, { direction, ...options }: LinkOptions = {}): Promise<void> {
    requireFaultable({ kind: "link" }, [this.#card], "link");
    const concerned = directions.filter((one) => one === (direction ?? one));
    await this.#board.change((before) => {
      const changed = concerned.map((one) => {
        const was = before.find(({ id }) => id === this.#id(one))?.fault;
        const merged = mergeImpairments(was?.kind === "link" ? was.impairments : {}, impairments);
        settingsOf({ ...impairments, ...merged }, "link");
        return this.#fault(one, merged);
      });
      return [...without(before, ...changed.map(({ id }) => id)), ...changed];
    }, options);
  }

  /** Takes back what was set, and plugs the cable in. Faults that were injected stay. @throws SWITCH_FAILED, ABORTED */
  heal(options: VerbOptions = {}): Promise<void> {
    const own = [...directions, "down" as const].map((what) => this.#id(what));
    return this.#board.change((before) => without(before, ...own), options);
  }

  #id(what: Direction | "down"): string {
    return `link ${this.machine}/${this.#card.name}/${what}`;
  }

  #fault(what: Direction | "down", impairments: Impairments): ActiveFault {
    const isDown = what === "down";
    const place = { on: [this.machine], network: this.#card.name, direction: isDown ? undefined : what };
    return { id: this.#id(what), fault: { kind: "link", ...place, isDown, impairments } };
  }
}

function without(faults: readonly ActiveFault[], ...ids: readonly string[]): ActiveFault[] {
  return faults.filter(({ id }) => !ids.includes(id));
}
