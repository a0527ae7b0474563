import type { TopologyMachine, TopologyNetwork } from "../topology.ts";

/** In pixels, from the upper left corner of a cluster's part of the picture. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line of text on its baseline. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  /** How it is set; see the style sheet. */
  readonly look: "name" | "dim" | "plain" | "badge";
}

/** A machine. */
export interface Box extends Rectangle {
  readonly machine: TopologyMachine;
  readonly labels: readonly Label[];
  /** Where cards are: on a network, or on one that the machine has for itself alone. */
  readonly ports: readonly { readonly x: number; readonly y: number; readonly color: number | undefined }[];
}

/** A network: a sign with its name at the left, and a bar from there to the last line that leads to it. */
export interface Bar {
  readonly network: TopologyNetwork;
  readonly color: number;
  readonly sign: Rectangle;
  readonly labels: readonly Label[];
  readonly y: number;
  readonly to: number;
}

/** What joins a column of machines to a network: a vertical line with a branch to each card. */
export interface Wire {
  readonly color: number;
  readonly x: number;
  /** Of the network's bar. */
  readonly bar: number;
  /** Of the card that is farthest from it. */
  readonly end: number;
  readonly branches: readonly { readonly y: number; readonly to: number }[];
}

/** The cluster's name, and what there is beside it. How wide a name is that has letters of any script, only the font knows. */
export interface Heading {
  readonly x: number;
  readonly y: number;
  readonly name: string;
  readonly summary: string;
}

/** A cluster with everything in its place. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly heading: Heading;
  readonly bars: readonly Bar[];
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}
