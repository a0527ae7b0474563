import type { Topology, TopologyMachine, TopologyNetwork } from "../topology.ts";
import { cardLines, networkDetails, networkTitle, resources, summary } from "../words.ts";
import type { Bar, Box, Drawing, Heading, Label, Rectangle, Wire } from "./drawing.ts";
import { layOut } from "./layout.ts";
import { colorClass, style } from "./style.ts";
import { escape, textWidth, type } from "./text.ts";

/**
 * Topologies as one SVG picture, one below the other, on light or dark ground as who looks at it prefers. What has no room in it
 * (MACs, routes, all addresses) is told when the pointer rests on a machine. Pure: the same topologies always give the same text.
 */
export function topologySvg(topologies: readonly Topology[]): string {
  const drawings = topologies.map(layOut);
  const width = Math.max(0, ...drawings.map((drawing) => drawing.width));
  const height = drawings.reduce((sum, drawing) => sum + drawing.height, 0);
  let y = 0;
  const parts = drawings.map((drawing) => {
    const part = [`<g transform="translate(0 ${number(y)})">`, ...drawingLines(drawing), "</g>"];
    y += drawing.height;
    return part;
  });
  const title = topologies.map((topology) => `${topology.name}: ${summary(topology)}`).join("; ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${number(width)} ${number(height)}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>\n${style}\n</style>`,
    `<rect class="back" width="100%" height="100%"/>`,
    ...parts.flat(),
    "</svg>",
    "",
  ].join("\n");
}

function drawingLines({ heading, bars, boxes, wires }: Drawing): string[] {
  return [
    headingLine(heading),
    ...bars.flatMap(barLines),
    ...wires.flatMap((wire) => wireLines(wire, bars)),
    ...boxes.flatMap(boxLines),
  ];
}

function headingLine({ x, y, name, summary }: Heading): string {
  const spans = [
    `<tspan class="title" font-size="${type.title}">${escape(name)}</tspan>`,
    `<tspan class="dim" font-size="${type.text}" dx="10">${escape(summary)}</tspan>`,
  ];
  return `<text x="${number(x)}" y="${number(y)}">${spans.join("")}</text>`;
}

function barLines({ network, color, sign, labels, y, to }: Bar): string[] {
  const from = sign.x + sign.width;
  return [
    `<g class="${colorClass(color)}">`,
    `<title>${escape(networkText(network))}</title>`,
    `<line class="bar" x1="${number(from)}" y1="${number(y)}" x2="${number(to)}" y2="${number(y)}"/>`,
    rectangle("back", sign, 8),
    rectangle("sign", sign, 8),
    ...labels.map(label),
    "</g>",
  ];
}

function wireLines({ color, x, bar, end, branches }: Wire, bars: readonly Bar[]): string[] {
  const [upper, lower] = [Math.min(bar, end), Math.max(bar, end)];
  // Where it only passes, the other network's bar goes on beneath it.
  const passed = bars.filter(({ y, to }) => y > upper && y < lower && to >= x);
  const path = [
    `M${number(x)} ${number(bar)}V${number(end)}`,
    ...branches.map((branch) => `M${number(x)} ${number(branch.y)}H${number(branch.to)}`),
  ].join("");
  return [
    ...passed.map(({ y }) => `<path class="halo" d="M${number(x)} ${number(y - 7)}v14" stroke-width="8"/>`),
    `<g class="${colorClass(color)}"><path class="wire" d="${path}"/><circle class="dot" cx="${number(x)}" cy="${number(bar)}" r="5"/></g>`,
  ];
}

function boxLines(box: Box): string[] {
  const { machine, labels, ports } = box;
  const badges = labels.filter(({ look }) => look === "badge");
  return [
    "<g>",
    `<title>${escape(machineText(machine))}</title>`,
    rectangle(machine.isRouter ? "box router" : "box", box, 8),
    ...badges.map(pill),
    ...labels.map(label),
    ...ports.map(({ x, y, color }) =>
      color === undefined
        ? cloud(x, y)
        : `<circle class="dot ${colorClass(color)}" cx="${number(x)}" cy="${number(y)}" r="4"/>`,
    ),
    "</g>",
  ];
}

function label({ x, y, text, size, look }: Label): string {
  return `<text class="${look}" x="${number(x)}" y="${number(y)}" font-size="${size}">${escape(text)}</text>`;
}

function pill({ x, y, text, size }: Label): string {
  return rectangle("pill", { x: x - 6, y: y - 12, width: textWidth(text, size) + 12, height: 17 }, 8.5);
}

/** Of a network that nobody else is on. */
function cloud(x: number, y: number): string {
  return `<path class="cloud" d="M${number(x - 6)} ${number(y + 5)}a4 4 0 0 1 0-8a5 5 0 0 1 9-1.5a4.5 4.5 0 0 1 3 9.5z"/>`;
}

function rectangle(look: string, { x, y, width, height }: Rectangle, radius: number): string {
  return `<rect class="${look}" x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}" rx="${radius}"/>`;
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function networkText(network: TopologyNetwork): string {
  return [networkTitle(network), ...networkDetails(network), ...network.prefixes].join("\n");
}

function machineText(machine: TopologyMachine): string {
  const { name, cards, routes, isRouter } = machine;
  return [
    name,
    resources(machine),
    ...(isRouter ? ["passes packets on"] : []),
    ...cards.map((card) => [card.name, card.mac, ...cardLines({ ...card, told: card.addresses })].join("  ")),
    ...routes.map(({ to, via }) => `${to} via ${via}`),
  ].join("\n");
}
