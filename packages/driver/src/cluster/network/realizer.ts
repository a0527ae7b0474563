import { Deadline, MachinesError } from "@vitest-machines/host";
import { isDown, wantedOf, type Card } from "../../network/faults/effective.ts";
import type { Fault } from "../../network/faults/fault.ts";
import { SwitchWiring } from "../../network/wiring/switch-wiring.ts";
import { isNothing, type Wanted } from "../../network/wiring/wanted.ts";
import type { Site } from "../../layers/fork/open-fork.ts";
import type { Power } from "../../machine/power/power.ts";

/** Filters start within milliseconds, and a busy host takes its time. */
const limitMs = 30_000;

/** What a cluster is made of now. */
export interface Present {
  readonly site: Site;
  readonly cards: readonly { readonly card: Card; readonly power: Power }[];
  /** VLANs with a DHCP server. */
  readonly served: readonly number[];
}

interface Wired {
  readonly wiring: SwitchWiring;
  /** What was made of it last; undefined when that is not known. */
  shape: string | undefined;
  isDead: boolean;
}

/** Makes switches and cables what faults say. */
export class Realizer {
  readonly #present: () => Present;
  readonly #onLost: (error: MachinesError) => void;
  #site: Site | undefined;
  #switches = new Map<number, Wired>();

  /** @param onLost is told of a filter that ends by itself */
  constructor(present: () => Present, onLost: (error: MachinesError) => void) {
    this.#present = present;
    this.#onLost = onLost;
  }

  /** @throws SWITCH_FAILED, TOOL_MISSING, PROCESS_FAILED */
  async realize(faults: readonly Fault[]): Promise<void> {
    const { site, cards, served } = this.#present();
    await this.#moveTo(site);
    const all = cards.map(({ card }) => card);
    const works = [...this.#switches].map(([vlan, wired]) =>
      this.#wire(vlan, wired, wantedOf(vlan, all, faults, served.includes(vlan))),
    );
    const cables = cards.map(async ({ card, power }) => {
      const shouldBeOut = isDown(card, faults);
      if (shouldBeOut === power.cables.isOut(card.index)) return;
      await power.cables.set(power.life, card.index, !shouldBeOut);
    });
    const failed = (await Promise.allSettled([...works, ...cables])).find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Nothing can be done with a switch that has ended, and its filters would wait for it with all their might. */
  switchEnded(vlan: number): void {
    const wired = this.#switches.get(vlan);
    if (!wired) return;
    wired.isDead = true;
    void wired.wiring.abandon();
  }

  async #wire(vlan: number, wired: Wired, wanted: Wanted): Promise<void> {
    const shape = isNothing(wanted) ? "" : JSON.stringify(wanted);
    if (shape === wired.shape) return;
    if (wired.isDead) {
      if (shape === "") return;
      throw new MachinesError("SWITCH_FAILED", `VLAN ${vlan} has no switch any more: it ended before.`);
    }
    wired.shape = undefined;
    await wired.wiring.apply(wanted, Deadline.after(limitMs));
    wired.shape = shape;
  }

  /** Forks may bring switches of their own; those that are left are nobody's. */
  async #moveTo(site: Site): Promise<void> {
    if (this.#site === site) return;
    const before = this.#switches;
    this.#site = site;
    this.#switches = new Map(
      [...site.switches].map(([vlan, folder]) => {
        const wiring = new SwitchWiring(site.lease, folder, this.#onLost);
        return [vlan, { wiring, shape: "", isDead: false }];
      }),
    );
    await Promise.all([...before.values()].map(({ wiring }) => wiring.abandon()));
  }
}
