import { arpAnswer, asksFor, isArp } from "../../qemu/internet/gate/arp.ts";
import { toNumber } from "../../qemu/internet/gate/addresses.ts";
import type { DhcpPlan } from "../../topology/networks/dhcp/plan.ts";
import { frameOf, macBytes, queryIn } from "./datagram.ts";
import { Responder } from "./responder.ts";

/** What a frame of the network leads to. */
export interface Outcome {
  readonly answer?: Buffer | undefined;
  /** For the log. */
  readonly words?: string | undefined;
}

/** A DHCP server from frame to frame: it answers queries, and who asks where it is. */
export class DhcpServer {
  readonly #plan: DhcpPlan;
  readonly #responder: Responder;

  constructor(plan: DhcpPlan) {
    this.#plan = plan;
    this.#responder = new Responder(plan);
  }

  receive(frame: Buffer): Outcome {
    const address = toNumber(this.#plan.address);
    if (isArp(frame)) {
      return asksFor(frame, address) ? { answer: arpAnswer(frame, address, macBytes(this.#plan.mac)) } : {};
    }
    const query = queryIn(frame, this.#plan);
    if (!query) return {};
    const { reply, words } = this.#responder.respond(query);
    return { words, answer: reply && frameOf(query, reply, this.#plan) };
  }
}
