import type { TopologyNetwork } from "../topology.ts";
import { networkDetails, networkTitle } from "../words.ts";
import type { Label } from "./drawing.ts";
import { shorten, textWidth, type } from "./text.ts";

const padding = 12;
const lineHeight = 16;
const longest = 36;

/** What stands at the left end of a network's bar, and how much room it takes. */
export interface Sign {
  readonly width: number;
  readonly height: number;
  /** From its upper left corner. */
  readonly labels: readonly Label[];
}

export function signOf(network: TopologyNetwork): Sign {
  const details = networkDetails(network).join(" · ");
  const texts = [...(details === "" ? [] : [details]), ...network.prefixes].map((text) => shorten(text, longest));
  const title = shorten(networkTitle(network), longest);
  const labels: Label[] = [
    { x: padding, y: 22, text: title, size: type.name, look: "name" },
    ...texts.map((text, index): Label => {
      return { x: padding, y: 39 + index * lineHeight, text, size: type.text, look: "dim" };
    }),
  ];
  const width = 2 * padding + Math.max(...labels.map(({ text, size }) => textWidth(text, size)));
  return { width, height: 34 + texts.length * lineHeight, labels };
}
