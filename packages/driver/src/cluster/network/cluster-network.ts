import { Deadline, invalid } from "@vitest-machines/host";
import type { VerbOptions } from "../../machine/options.ts";
import type { Capture, PacketQuery } from "../../network/packets/capture.ts";
import type { Captures } from "../../network/packets/captures.ts";
import type { Packet } from "../../network/packets/packet.ts";
import type { CaptureOptions } from "../../topology/capture/capture.ts";
import type { Power } from "../../machine/power/power.ts";
import type { NodePlan } from "../../topology/plan.ts";
import type { CreatedMachines } from "../created/created-machines.ts";
import type { ClusterRun } from "../cluster-run.ts";
import { findCard, type Card } from "./find-card.ts";
import { Link, type LinkControl } from "./link.ts";

/** A machine of a cluster, by its name or by its handle. */
export type MachineRef<Name extends string = string> = Name | { readonly name: string };

/** The networks of a started cluster, and what is wrong with them on purpose. */
export class ClusterNetwork<Name extends string = string> {
  readonly #run: ClusterRun;
  readonly #created: CreatedMachines;
  readonly #control: LinkControl;
  readonly #captures: Captures;

  constructor(run: ClusterRun, created: CreatedMachines, captures: Captures) {
    this.#captures = captures;
    this.#run = run;
    this.#created = created;
    this.#control = { plug: (card, isPlugged, options) => this.#plug(card, isPlugged, options) };
  }

  /**
   * The connection of a machine to a network, by the network's name or number, or by the name of the machine's card. A
   * machine that has one card needs neither.
   * @throws DECLARATION_INVALID, HANDLE_MISUSE
   */
  link(machine: MachineRef<Name>, network?: string | number): Link {
    const { node } = this.#member(machine);
    return new Link(findCard(node, network, this.#run.parts.plan.networks), this.#control);
  }

  /**
   * Records what machines send and get, from now on, until the end of its scope (`await using`), `stop()`, or the end of the test.
   * @throws DECLARATION_INVALID, CAPTURE_FAILED, ABORTED
   */
  capture(options: CaptureOptions & { signal?: AbortSignal | undefined } = {}): Promise<Capture> {
    return this.#captures.capture(options);
  }

  /**
   * The packets that come from the beginning of the loop on, until it is left: what {@link capture} gives to somebody who looks at
   * them as they come. Each that was sent is there once unless the filter says more.
   * @throws DECLARATION_INVALID at once; WAIT_TIMEOUT, ABORTED, CAPTURE_FAILED in the loop
   */
  packets(query: PacketQuery = {}): AsyncGenerator<Packet, void, undefined> {
    return this.#captures.packets(query);
  }

  async #plug(card: Card, isPlugged: boolean, { signal, timeout = Infinity }: VerbOptions): Promise<void> {
    const { power } = this.#member(card.node.name);
    const done = power.cables.set(power.life, card.index, isPlugged);
    await Deadline.after(timeout, signal).race(done, () => new Error("unreachable: QEMU answers at once or has ended"));
  }

  #member(machine: MachineRef): { readonly node: NodePlan; readonly power: Power } {
    const name = typeof machine === "string" ? machine : machine.name;
    const member = this.#run.parts.crew.get(name);
    const found = member ? { node: member.setting.node, power: member.power } : this.#created.find(name);
    if (found) return found;
    const valid = [...this.#run.parts.crew.keys(), ...this.#created.machines.map((one) => one.name)].join(", ");
    throw invalid({ path: "machine", value: name, reason: "is no machine of this cluster", valid });
  }
}
