import { invalid, show } from "@vitest-machines/host";
import {
  bytesPerSecond,
  count,
  milliseconds,
  percent,
  type Duration,
  type Percentage,
  type Rate,
} from "./quantities.ts";

/** What a link does to the packets that pass it. `null` takes a value back. */
export interface Impairments {
  /** Added to the way of every packet, up to 60 s. Its resolution is a millisecond. */
  delay?: Duration | null | undefined;
  /**
   * Spreads `delay` evenly between `delay - jitter` and `delay + jitter`, for each packet anew; at most as long as `delay`.
   * Packets keep their order unless `reorder` is set: one that would overtake waits for the one before it.
   */
  jitter?: Duration | null | undefined;
  /** The share of packets that are lost, each by a draw of its own unless `burst` is set. `"100%"` loses all. */
  loss?: Percentage | null | undefined;
  /**
   * Losses come in runs of this many packets, on average (Gilbert's model), while their share stays that of `loss`. A number
   * from 1 to 1000, and at least `loss / (1 - loss)`: what loses 90 % cannot do so in shorter runs than 9.
   */
  burst?: number | null | undefined;
  /** The share of packets that are followed by a copy, which may in turn be followed by one; up to 90 %. */
  duplicate?: Percentage | null | undefined;
  /**
   * The share of full-sized packets (1514 bytes with their Ethernet header) in which one or more bits are wrong, up to 50 %. It is
   * an error rate of bits: a packet of half the size has half the risk. Guests usually drop such a packet for its checksum.
   */
  corrupt?: Percentage | null | undefined;
  /** Lets packets overtake each other as `jitter` has it, which it needs. */
  reorder?: boolean | null | undefined;
  /**
   * Bits a second, of whole Ethernet packets, from 8 kbit to 10 gbit. Packets wait their turn; one that would have to wait longer
   * than about a second is lost.
   */
  rate?: Rate | null | undefined;
  /**
   * Bytes of an IP packet, 68–1500: longer ones vanish without a word, as where a router tells nobody. Cards keep their own MTU.
   */
  mtu?: number | null | undefined;
}

/** The same in numbers; 0 is none. */
export interface Settings {
  readonly delayMs: number;
  readonly jitterMs: number;
  /** 0–100, as are duplicate and corrupt. */
  readonly loss: number;
  readonly burst: number;
  readonly duplicate: number;
  readonly corrupt: number;
  readonly reorder: boolean;
  /** Bytes a second. */
  readonly rate: number;
  /** Bytes of an IP packet. */
  readonly mtu: number;
}

export const noSettings: Settings = {
  ...{ delayMs: 0, jitterMs: 0, loss: 0, burst: 0, duplicate: 0, corrupt: 0 },
  ...{ reorder: false, rate: 0, mtu: 0 },
};

const mostDelayMs = 60_000;

const parsers: { [K in keyof Required<Impairments>]: (value: unknown, path: string) => Partial<Settings> } = {
  delay: (value, path) => ({ delayMs: milliseconds(value, path, mostDelayMs) }),
  jitter: (value, path) => ({ jitterMs: milliseconds(value, path, mostDelayMs) }),
  loss: (value, path) => ({ loss: percent(value, path) }),
  burst: (value, path) => ({ burst: count(value, path, [1, 1000]) }),
  // The filter draws until it makes no further copy: with 100 % it would for ever.
  duplicate: (value, path) => ({ duplicate: percent(value, path, 90) }),
  corrupt: (value, path) => ({ corrupt: percent(value, path, 50) }),
  reorder: (value, path) => ({ reorder: truth(value, path) }),
  rate: (value, path) => ({ rate: bytesPerSecond(value, path) }),
  mtu: (value, path) => ({ mtu: count(value, path, [68, 1500]) }),
};

export const impairmentKeys = Object.keys(parsers) as readonly (keyof Impairments)[];

/**
 * What a link is told, checked value by value and as a whole. Pure.
 * @throws DECLARATION_INVALID
 */
export function settingsOf(impairments: Impairments, path: string): Settings {
  const settings = parse(impairments, path);
  checkTogether(settings, path);
  return settings;
}

/** The same of what several faults come to, which counts as far as it goes: jitter without delay only delays. Pure. */
export function settingsOfSeveral(impairments: Impairments): Settings {
  return parse(impairments, "fault");
}

function parse(impairments: Impairments, path: string): Settings {
  if (Object.prototype.toString.call(impairments) !== "[object Object]") {
    const reason = "does not say what a link is to do";
    throw invalid({ path, value: impairments, reason, valid: `an object with ${impairmentKeys.join(", ")}` });
  }
  const parts = Object.entries(impairments).map(([key, value]): Partial<Settings> => {
    const parser = Object.hasOwn(parsers, key) ? parsers[key as keyof Impairments] : undefined;
    if (!parser)
      throw invalid({ path, value: key, reason: "is nothing a link does", valid: impairmentKeys.join(", ") });
    return value === null || value === undefined ? {} : parser(value, `${path}.${key}`);
  });
  return Object.assign({}, noSettings, ...parts) as Settings;
}

/** New values over former ones; what is not spoken of stays. Pure. */
export function mergeImpairments(before: Impairments, change: Impairments): Impairments {
  const all = Object.entries({ ...before, ...definedOf(change) });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

function definedOf(change: Impairments): Impairments {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function checkTogether({ delayMs, jitterMs, loss, burst, reorder }: Settings, path: string): void {
  const complain = (key: string, value: unknown, reason: string, valid: string): Error =>
    invalid({ path: `${path}.${key}`, value, reason, valid });
  if (jitterMs > delayMs) throw complain("jitter", `${jitterMs}ms`, "is longer than the delay", `up to ${delayMs}ms`);
  if (reorder && jitterMs === 0) throw complain("reorder", true, "does nothing", "together with a jitter");
  if (burst > 0 && loss === 0) throw complain("burst", burst, "does nothing", "together with a loss");
  if (burst > 0 && loss < 100 && burst < shortestBurst(loss)) {
    const valid = `from ${shortestBurst(loss).toFixed(1)} on`;
    throw complain("burst", burst, `is too short for a loss of ${loss} %`, valid);
  }
}

/** Runs of losses cannot be shorter on average when this share, 0–100, is lost. */
export function shortestBurst(loss: number): number {
  return loss / (100 - loss);
}

function truth(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid({ path, value, reason: `is ${show(typeof value)}`, valid: "true or false" });
}
