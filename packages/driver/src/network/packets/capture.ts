import { Deadline, invalid, MachinesError } from "@vitest-machines/host";
import { setTimeout as delay } from "node:timers/promises";
import type { CapturePlan } from "../../topology/capture/capture.ts";
import {
  validatePacketFilter,
  type FilterPlan,
  type FilterScope,
  type PacketDirection,
  type PacketFilter,
} from "../../topology/capture/packet-filter.ts";
import type { Card } from "./address-book.ts";
import { pcapHeaderLength } from "./files/pcap.ts";
import { keyOf, saveSightings } from "./files/save-sightings.ts";
import { isAt, isMeant, meansAll } from "./match.ts";
import { packetOf, type Names, type Packet, type Sighting } from "./packet.ts";
import { merged } from "./taps/merge.ts";
import { sizeOf, TapReader, type Recording, type TapFile } from "./taps/tap-file.ts";
import type { Listener, Taps } from "./taps/taps.ts";
import type { Seen } from "./timeline/journeys.ts";
import { timelineOf } from "./timeline/timeline.ts";

/** How often running machines are looked at for new packets, in milliseconds. */
const lookMs = 20;
/** Packets that have passed so long ago are in their file: QEMU writes them in the same breath. In milliseconds. */
const settledMs = 5;
/** A timeline is of the last of them. */
const mostOfTimeline = 5_000;

/** What captures of a cluster share. */
export interface CaptureSite {
  readonly taps: Taps;
  readonly names: Names;
  /** What filters can name, by now. */
  readonly scope: () => FilterScope;
  /** How long one waits for a packet unless told otherwise, in milliseconds. */
  readonly waitTimeoutMs: number;
}

/** Which packets, and how long to wait for them. */
export interface PacketQuery extends PacketFilter {
  /** How long to wait for each packet, in milliseconds. Default 900 000 (15 min). */
  timeout?: number | undefined;
  /** Ends the wait with ABORTED. */
  signal?: AbortSignal | undefined;
}

/** Which packets a query means. */
export function filterOf(query: PacketQuery): PacketFilter {
  return Object.fromEntries(Object.entries(query).filter(([key]) => key !== "timeout" && key !== "signal"));
}

/**
 * Packets of a cluster's networks from a moment on. It ends with its scope (`await using`), by `stop()`, and with the test that
 * it was begun in.
 */
export class Capture implements AsyncDisposable {
  readonly #site: CaptureSite;
  readonly #plan: CapturePlan;
  #recordings: readonly Recording[] = [];
  readonly #startedAt = wallClock();
  readonly #signal: AbortSignal | undefined;
  readonly #listener: Listener;
  #stopping: Promise<void> | undefined;
  #stoppedAt: number | undefined;

  private constructor(site: CaptureSite, plan: CapturePlan, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#site = site;
    this.#plan = plan;
    const onTap = async (file: TapFile, isFresh: boolean): Promise<void> => {
      const start = isFresh ? pcapHeaderLength : await sizeOf(file);
      this.#recordings = [...this.#recordings, { file, start, end: Infinity }];
    };
    this.#listener = { vlans: plan.vlans, onTap };
  }

  /** @param signal ends it @throws CAPTURE_FAILED */
  static async start(site: CaptureSite, plan: CapturePlan, signal?: AbortSignal): Promise<Capture> {
    Deadline.never(signal).throwIfAborted();
    const capture = new Capture(site, plan, signal);
    await site.taps.listen(capture.#listener);
    // How that fails is told to whoever looks at it, or stops it, too.
    const onAbort = (): void => void capture.stop().catch(() => undefined);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    return capture;
  }

  /**
   * The packets since its beginning, then those that come, until it is stopped; it ends with the loop that reads it. In the order
   * of their time. Each that was sent is there once unless the filter says more.
   * @throws WAIT_TIMEOUT, ABORTED, CAPTURE_FAILED; DECLARATION_INVALID at once
   */
  packets(query: PacketQuery = {}): AsyncGenerator<Packet, void, undefined> {
    const filter = filterOf(query);
    return this.#follow(this.#understood(filter), filter, query);
  }

  /** The packets so far: everything that has passed a card before the call. @throws DECLARATION_INVALID, CAPTURE_FAILED */
  async all(filter: PacketFilter = {}): Promise<Packet[]> {
    const found: Packet[] = [];
    for await (const part of this.#past(this.#understood(filter))) for (const { packet } of part) found.push(packet);
    return found;
  }

  /**
   * What happened, as text: the last flows, each with the last packets of it, when they were sent, and which did not arrive.
   * @throws DECLARATION_INVALID, CAPTURE_FAILED
   */
  async timeline(filter: PacketFilter = {}): Promise<string> {
    const plan = this.#understood(filter, "both");
    const seen: Seen[] = [];
    let dropped = 0;
    for await (const part of this.#past(plan)) {
      for (const one of part) seen.push(one);
      if (seen.length > 2 * mostOfTimeline) dropped += seen.splice(0, seen.length - mostOfTimeline).length;
    }
    const until = this.#stoppedAt ?? wallClock();
    const text = timelineOf(seen, this.#cards, { from: this.#startedAt, until });
    return dropped === 0 ? text : `… ${dropped} packets before these\n${text}`;
  }

  /**
   * Writes the packets so far into a pcapng file, which Wireshark and tshark read: an interface for each machine's card.
   * @throws DECLARATION_INVALID, CAPTURE_FAILED, and the system's errors
   */
  async save(file: string, filter: PacketFilter = {}): Promise<void> {
    const plan = this.#understood(filter, "both");
    const cards = this.#cards.filter((card) => plan.vlans === undefined || plan.vlans.includes(card.vlan));
    await saveSightings(file, this.#pastSightings(plan), cards, this.#site.names.networkName);
  }

  /** Records no more. What was recorded can be looked at until its cluster is gone. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The cards that were recorded; a machine that was started anew has the same. */
  get #cards(): readonly Card[] {
    return [...new Map(this.#recordings.map(({ file: { card } }) => [keyOf(card), card])).values()];
  }

  async #stop(): Promise<void> {
    const { taps } = this.#site;
    try {
      await taps.sync();
    } finally {
      const ended = this.#recordings.map(async (one) => ({ ...one, end: await sizeOf(one.file) }));
      this.#recordings = await Promise.all(ended);
      this.#stoppedAt = wallClock();
      await taps.leave(this.#listener);
    }
  }

  #understood(filter: PacketFilter, direction?: PacketDirection): FilterPlan {
    const plan = validatePacketFilter(filter, "filter", this.#site.scope(), direction);
    const other = plan.vlans?.find((vlan) => !this.#plan.vlans.includes(vlan));
    if (other === undefined) return plan;
    const { networkName } = this.#site.names;
    const valid = this.#plan.vlans.map((vlan) => JSON.stringify(networkName(vlan))).join(", ");
    throw invalid({ path: "filter.network", value: networkName(other), reason: "is not captured", valid });
  }

  async *#past(plan: FilterPlan): AsyncGenerator<Seen[]> {
    await this.#settled();
    for await (const part of merged(this.#readers(plan), Infinity)) yield this.#meant(part, plan);
  }

  /** The same, not understood where that is not needed. */
  async *#pastSightings(plan: FilterPlan): AsyncGenerator<Sighting[]> {
    await this.#settled();
    const isAll = meansAll(plan) && meansAll(this.#plan.filter);
    for await (const part of merged(this.#readers(plan), Infinity)) {
      yield isAll ? part : this.#meant(part, plan).map(({ sighting }) => sighting);
    }
  }

  /** Everything that has passed so far can be read then. @throws CAPTURE_FAILED when there would have been more */
  async #settled(): Promise<void> {
    this.#site.taps.throwIfClosed();
    if (this.#stopping) await this.#stopping;
    else await this.#site.taps.sync();
  }

  #readers(plan: FilterPlan): TapReader[] {
    return this.#recordings
      .filter(({ file }) => this.#isAt(plan, file))
      .map((recording) => new TapReader(() => recording));
  }

  #isAt(plan: FilterPlan, { card, direction }: TapFile): boolean {
    return isAt(this.#plan.filter, card, direction) && isAt(plan, card, direction);
  }

  #meant(part: readonly Sighting[], plan: FilterPlan): (Seen & { sighting: Sighting })[] {
    return part
      .map((sighting) => ({ sighting, card: sighting.card, packet: packetOf(sighting, this.#site.names) }))
      .filter(({ packet }) => isMeant(this.#plan.filter, packet) && isMeant(plan, packet));
  }

  async *#follow(
    plan: FilterPlan,
    filter: PacketFilter,
    options: Pick<PacketQuery, "timeout" | "signal">,
  ): AsyncGenerator<Packet, void, undefined> {
    const readers = new Map<TapFile, TapReader>();
    const signals = [this.#signal, options.signal].filter((signal) => signal !== undefined);
    const limit = (): Deadline => Deadline.after(options.timeout ?? this.#site.waitTimeoutMs, AbortSignal.any(signals));
    let deadline = limit();
    for (;;) {
      const isOver = this.#stoppedAt !== undefined;
      const until = isOver ? Infinity : wallClock() - settledMs;
      for (const recording of this.#recordings) {
        if (readers.has(recording.file) || !this.#isAt(plan, recording.file)) continue;
        const current = (): Recording => this.#recordings.find(({ file }) => file === recording.file) ?? recording;
        readers.set(recording.file, new TapReader(current));
      }
      for await (const part of merged([...readers.values()], until)) {
        for (const { packet } of this.#meant(part, plan)) {
          yield packet;
          deadline = limit();
        }
      }
      if (deadline.signal?.aborted === true) throw await this.#inVain(filter, deadline);
      if (isOver) return;
      if (deadline.expired) throw await this.#inVain(filter, deadline);
      await delay(lookMs);
    }
  }

  async #inVain(filter: PacketFilter, { elapsed, signal }: Deadline): Promise<MachinesError> {
    const reason: unknown = signal?.aborted === true ? signal.reason : undefined;
    const why = reason instanceof Error ? `: ${reason.message}` : "";
    const summary = `waited ${(elapsed / 1000).toFixed(1)} s for a packet with ${JSON.stringify(filter)}, in vain${why}.`;
    return new MachinesError(signal?.aborted === true ? "ABORTED" : "WAIT_TIMEOUT", summary, {
      facts: { elapsedMs: Math.round(elapsed) },
      evidence: [`Captured meanwhile:\n${await this.timeline()}`],
      cause: reason,
    });
  }
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
