import type { TopologyCard, TopologyMachine } from "../topology.ts";
import { cardLines, resources } from "../words.ts";
import type { Box, Label } from "./drawing.ts";
import { shorten, textWidth, type } from "./text.ts";

const padding = 12;
const lineHeight = 16;
/** Baselines of the name and of what follows it; the cards begin below. */
const [nameLine, resourcesLine, cardsBegin] = [22, 39, 46];
const longest = { name: 32, resources: 44, card: 15, address: 32 };

/** A machine as lines of text, before it has a place. */
interface Content {
  readonly machine: TopologyMachine;
  readonly name: string;
  readonly resources: string;
  readonly cards: readonly { readonly card: TopologyCard; readonly name: string; readonly lines: readonly string[] }[];
}

function contentOf(machine: TopologyMachine): Content {
  const cards = machine.cards.map((card) => {
    const lines = cardLines(card).map((line) => shorten(line, longest.address));
    return { card, name: shorten(card.name, longest.card), lines: lines.length === 0 ? ["no address"] : lines };
  });
  return {
    machine,
    name: shorten(machine.name, longest.name),
    resources: shorten(resources(machine), longest.resources),
    cards,
  };
}

/** Where addresses begin, behind the longest name of a card. */
function addressColumn({ cards }: Content): number {
  return padding + Math.max(0, ...cards.map(({ name }) => textWidth(`${name}  `, type.text)));
}

const badge = "router";
const badgeWidth = textWidth(badge, type.text) + padding;

/** How much room a machine takes. */
export function boxSize(machine: TopologyMachine): { width: number; height: number } {
  const content = contentOf(machine);
  const column = addressColumn(content);
  const addresses = content.cards.flatMap(({ card, lines }) =>
    lines.map((line) => column + textWidth(line, type.text) + (card.vlan === undefined ? cloudWidth : 0)),
  );
  const name = padding + textWidth(content.name, type.name) + (machine.isRouter ? padding + badgeWidth : 0);
  const width = Math.max(name, padding + textWidth(content.resources, type.text), ...addresses) + padding;
  const lines = content.cards.reduce((sum, card) => sum + card.lines.length, 0);
  return { width, height: cardsBegin + lines * lineHeight + (lines === 0 ? 4 : 8) };
}

/** Of the sign for a network that a machine has for itself alone. */
const cloudWidth = 26;

/** @param colorOf that of a network */
export function placeBox(
  machine: TopologyMachine,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  colorOf: (vlan: number) => number,
): Box {
  const content = contentOf(machine);
  const left = x + padding;
  const labels: Label[] = [
    { x: left, y: y + nameLine, text: content.name, size: type.name, look: "name" },
    { x: left, y: y + resourcesLine, text: content.resources, size: type.text, look: "dim" },
  ];
  if (machine.isRouter) {
    const at = x + width - padding - textWidth(badge, type.text);
    labels.push({ x: at, y: y + nameLine, text: badge, size: type.text, look: "badge" });
  }
  const ports: Box["ports"][number][] = [];
  let line = y + cardsBegin + lineHeight - 4;
  for (const { card, name, lines } of content.cards) {
    const color = card.vlan === undefined ? undefined : colorOf(card.vlan);
    ports.push({ x: color === undefined ? x + width - padding - cloudWidth / 2 + 4 : x, y: line - 4, color });
    labels.push({ x: left, y: line, text: name, size: type.text, look: "plain" });
    for (const text of lines) {
      const look = card.told.includes(text) ? "plain" : "dim";
      labels.push({ x: x + addressColumn(content), y: line, text, size: type.text, look });
      line += lineHeight;
    }
  }
  return { machine, x, y, width, height, labels, ports };
}
