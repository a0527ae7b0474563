import type { Machine } from "../../src/index.ts";

export interface Pings {
  readonly sent: number;
  readonly received: number;
  readonly duplicates: number;
  /** Of the quickest, in milliseconds. */
  readonly least: number;
}

/** Sends pings a few milliseconds apart and counts what comes back. */
export async function ping(from: Machine, to: string, count: number, more = ""): Promise<Pings> {
  const { stdout } = await from.execute(`ping -q -c ${count} -i 0.005 -W 2 ${more} ${to}`);
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
  return {
    sent: number(/(\d+) packets transmitted/),
    received: number(/(\d+) packets received/),
    duplicates: number(/(\d+) duplicates/),
    least: number(/min\/avg\/max = ([\d.]+)/),
  };
}
