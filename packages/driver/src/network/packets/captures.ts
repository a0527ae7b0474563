import { validateCapture, type CaptureOptions, type CapturePlan } from "../../topology/capture/capture.ts";
import { validatePacketFilter, type FilterScope } from "../../topology/capture/packet-filter.ts";
import type { ClusterPlan } from "../../topology/plan.ts";
import { AddressBook, type Addressed } from "./address-book.ts";
import { Capture, filterOf, type CaptureSite, type PacketQuery } from "./capture.ts";
import type { Packet } from "./packet.ts";
import type { Tappable } from "./taps/line.ts";
import { Taps } from "./taps/taps.ts";

export interface CapturesParts {
  readonly plan: Pick<ClusterPlan, "nodes" | "networks" | "vlans">;
  /** For what is recorded, while the cluster lives. */
  readonly folder: string;
  readonly waitTimeoutMs: number;
}

/** What is recorded of a cluster's networks, and for whom. */
export class Captures {
  readonly #parts: CapturesParts;
  readonly #taps: Taps;
  readonly #book = new AddressBook();
  readonly #machines = new Set<string>();

  constructor(parts: CapturesParts) {
    this.#parts = parts;
    this.#taps = new Taps(parts.folder);
    for (const node of parts.plan.nodes) this.#meet(node);
  }

  /** Takes note of a QEMU before its guest runs. @throws CAPTURE_FAILED when somebody captures, and that cannot be */
  async join(target: Tappable): Promise<void> {
    this.#meet(target.node);
    await this.#taps.join(target);
  }

  /** @throws DECLARATION_INVALID, CAPTURE_FAILED, HANDLE_MISUSE, ABORTED */
  async capture({ signal, ...options }: CaptureOptions & { signal?: AbortSignal | undefined }): Promise<Capture> {
    return this.start(validateCapture(options, "capture", this.#scope()), signal);
  }

  /** The same, of a plan. */
  start(plan: CapturePlan, signal?: AbortSignal): Promise<Capture> {
    return Capture.start(this.#site, plan, signal);
  }

  /** @throws DECLARATION_INVALID at once; what a capture and its packets throw, in the loop */
  packets(query: PacketQuery): AsyncGenerator<Packet, void, undefined> {
    const { vlans = this.#scope().vlans } = validatePacketFilter(filterOf(query), "filter", this.#scope());
    return this.#follow({ vlans, filter: { direction: "both" } }, query, query.signal);
  }

  /** Ends them all, and what they have recorded is gone. */
  close(): Promise<void> {
    return this.#taps.close();
  }

  async *#follow(
    plan: CapturePlan,
    query: PacketQuery,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Packet, void, undefined> {
    const capture = await this.start(plan, signal);
    try {
      yield* capture.packets(query);
    } finally {
      await capture.stop();
    }
  }

  get #site(): CaptureSite {
    const { plan, waitTimeoutMs } = this.#parts;
    const named = new Map([...plan.networks].map(([name, { vlan }]) => [vlan, name]));
    const networkName = (vlan: number): string => named.get(vlan) ?? `VLAN ${vlan}`;
    const names = { book: this.#book, networkName };
    return { taps: this.#taps, names, scope: () => this.#scope(), waitTimeoutMs };
  }

  #scope(): FilterScope {
    const { networks, vlans } = this.#parts.plan;
    return { machines: [...this.#machines], vlans, networks };
  }

  #meet(node: Addressed): void {
    this.#book.add(node);
    this.#machines.add(node.name);
  }
}
