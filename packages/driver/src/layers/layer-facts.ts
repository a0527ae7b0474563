import { join } from "node:path";
import type { LinkProof } from "./links.ts";

/** What is known of a frozen cluster besides its files. JSON. */
export interface LayerFacts {
  readonly cluster: string;
  readonly machines: readonly string[];
  /** How long it took to make, in milliseconds: what a fork saves. */
  readonly madeInMs: number;
  readonly nodes: Readonly<Record<string, NodeFacts>>;
  /** What worked when it was frozen, and must work in every fork. */
  readonly links: readonly LinkProof[];
}

export interface NodeFacts {
  /** The shell that runs its commands, which need not be asked for again. */
  readonly shell: string;
  /** Files of its disks by serial, from the top down, relative to the layer. */
  readonly disks: Readonly<Record<string, readonly string[]>>;
}

/** The names of a machine's files in a layer, relative to it. */
export function layerFiles(number: number): {
  ram: string;
  devices: string;
  console: string;
  disk(name: string): string;
} {
  const folder = `n${number}`;
  return {
    ram: join(folder, "ram"),
    devices: join(folder, "devices"),
    console: join(folder, "console"),
    disk: (name) => join(folder, `${name}.qcow2`),
  };
}

/** A frozen cluster that machines can be forked from. */
export interface Frozen {
  readonly folder: string;
  readonly facts: LayerFacts;
}
