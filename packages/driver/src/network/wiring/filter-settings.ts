import type { Settings } from "../faults/impairments.ts";

/** Of Ethernet and of the length that wirefilter counts with each packet. */
const headerBytes = 14;
const lengthBytes = 2;
const fullFrame = 1514;
const mebi = 2 ** 20;

/** Packets that wait for their turn, at least: some of them, however slow the link. */
const leastQueue = 16 * 1024;
const queueSeconds = 1;

/**
 * What to tell the management console of a wirefilter that passes one direction through these settings, and the other one as it
 * comes. `LR` is what comes in at its first plug. Pure.
 */
export function filterCommands(settings: Settings, direction: "LR" | "RL"): string[] {
  const { delayMs, jitterMs, loss, burst, duplicate, corrupt, reorder, rate, mtu } = settings;
  const values: Readonly<Record<string, string>> = {
    delay: `${delayMs}+${jitterMs}`,
    loss: String(loss),
    lostburst: String(burst),
    dup: String(duplicate),
    // Wrong bits in a mebibyte, so that a full-sized packet has that risk.
    noise: String(((corrupt / 100) * mebi) / fullFrame),
    bandwidth: String(rate),
    chanbufsize: String(queueBytes(settings)),
    mtu: String(mtu === 0 ? 0 : mtu + headerBytes + lengthBytes),
  };
  return [...Object.entries(values).map(([name, value]) => `${name} ${direction}${value}`), `fifo ${reorder ? 0 : 1}`];
}

/** What may wait, delayed packets included. 0: as many as come. */
function queueBytes({ rate, delayMs, jitterMs }: Settings): number {
  if (rate === 0) return 0;
  return Math.max(leastQueue, Math.round(rate * (queueSeconds + (delayMs + jitterMs) / 1000)));
}
