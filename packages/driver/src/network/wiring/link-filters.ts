import type { Deadline } from "@vitest-machines/host";
import { noSettings, type Settings } from "../faults/impairments.ts";
import { startFilter, type Direction, type Filter } from "./filter.ts";
import type { SwitchWiring } from "./switch-wiring.ts";
import type { WantedLink } from "./wanted.ts";

/** One filter and what it sits between. */
interface Stage {
  readonly direction: Direction;
  readonly filter: Filter;
  /** On the machine's side, where the link was before or the filter before it is. */
  readonly inner: number;
  readonly outer: number;
  /** Of the inner plug, and of whatever is nearer to the machine. */
  readonly vlan: number;
}

/**
 * The filters of one link, in a row between the machine's port and its group. Each direction has one of its own, because a
 * wirefilter keeps the order of both directions together: a packet that waits would hold up those that go the other way.
 */
export class LinkFilters {
  readonly #wiring: SwitchWiring;
  readonly #port: number;
  #stages: readonly Stage[] = [];

  constructor(wiring: SwitchWiring, port: number) {
    this.#wiring = wiring;
    this.#port = port;
  }

  /** Starts filters that are missing, beside the way that packets take, and tells those that are there what to do now. */
  async prepare(wanted: WantedLink, home: number, deadline: Deadline): Promise<void> {
    const settings: Readonly<Record<Direction, Settings | undefined>> = { in: wanted.in, out: wanted.out };
    const there = this.#stages.map(({ direction }) => direction);
    await Promise.all(
      this.#stages.map(({ filter, direction }) => filter.set(settings[direction] ?? noSettings, deadline)),
    );
    const missing = (["in", "out"] as const).filter((one) => settings[one] && !there.includes(one));
    // One after the other: a switch that is told to unplug some and plug in others at once loses track of one.
    for (const one of missing) {
      const stage = await this.#open(one, settings[one] ?? noSettings, home, deadline);
      this.#stages = [...this.#stages, stage];
    }
  }

  /** What leads packets through the filters, or past them when the link is to be as it was. Nothing waits meanwhile. */
  moves(wanted: WantedLink, home: number): string[] {
    const isFiltered = wanted.in ?? wanted.out;
    const stages = isFiltered ? this.#stages : [];
    const hops = [this.#port, ...stages.map(({ outer }) => outer)];
    const places = [...stages.map(({ vlan }) => vlan), home];
    // Away from the machine first: until its own port moves, nothing goes this way.
    const moves = hops.map((port, index) => `port/setvlan ${port} ${places[index] ?? home}`).reverse();
    return [`port/create ${this.#port}`, ...moves];
  }

  async end(deadline: Deadline): Promise<void> {
    const stages = this.#stages;
    this.#stages = [];
    await Promise.all(stages.map(({ filter }) => filter.end()));
    await this.#remove(stages, deadline);
  }

  /** Ends the processes alone. */
  async abandon(): Promise<void> {
    await Promise.all(this.#stages.map(({ filter }) => filter.end()));
    this.#stages = [];
  }

  async #open(direction: Direction, settings: Settings, home: number, deadline: Deadline): Promise<Stage> {
    const { lease, folder, vlans, ports, onLost } = this.#wiring;
    const vlan = vlans.take();
    const [inner, outer] = [ports.take(), ports.take()];
    await this.#wiring.command([`vlan/create ${vlan}`], deadline);
    await this.#wiring.createPorts(
      new Map([
        [inner, vlan],
        [outer, home],
      ]),
      deadline,
    );
    const request = { folder, port: this.#port, direction, plugs: [inner, outer], settings } as const;
    try {
      const filter = await startFilter(lease, request, onLost, deadline);
      return { direction, filter, inner, outer, vlan };
    } catch (error) {
      await this.#remove([{ inner, outer, vlan }], deadline);
      throw error;
    }
  }

  /** Each VLAN has ports of two neighbours, so all ports go first. */
  async #remove(stages: readonly Pick<Stage, "inner" | "outer" | "vlan">[], deadline: Deadline): Promise<void> {
    const { vlans } = this.#wiring;
    await this.#wiring.removePorts(
      stages.flatMap(({ inner, outer }) => [inner, outer]),
      deadline,
    );
    await this.#wiring.command(
      stages.map(({ vlan }) => `vlan/remove ${vlan}`),
      deadline,
    );
    for (const { vlan } of stages) vlans.giveBack(vlan);
  }
}
