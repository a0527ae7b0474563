import type { Lease } from "@vitest-machines/host";
import type { LifeOptions, Life } from "./life.ts";

/** Where a machine has its processes and files. A fork takes a machine to another one. */
export interface Seat {
  readonly lease: Lease;
  /** The folder of each VLAN's switch. */
  readonly switches: ReadonlyMap<number, string>;
  /** The machine's own folder. */
  readonly folder: string;
  /** Overlays of layers that its own lie on, from the top down, by the disk's serial. Nothing unless it is a fork. */
  readonly layerDisks: Readonly<Record<string, readonly string[]>>;
}

/** How a machine becomes another one, which was loaded from a frozen state. */
export interface Move {
  readonly seat: Seat;
  /** The loaded machine, still stopped. */
  readonly load: (onEnd: LifeOptions["onEnd"]) => Promise<Life>;
  /** Lets it run and makes it ready. */
  readonly wake: (life: Life) => Promise<unknown>;
}
