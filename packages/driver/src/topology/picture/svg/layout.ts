import type { Topology } from "../topology.ts";
import { summary } from "../words.ts";
import { blocksOf, first, type Block } from "./blocks.ts";
import { boxSize, placeBox } from "./box.ts";
import type { Bar, Box, Drawing, Wire } from "./drawing.ts";
import { orderNetworks } from "./order.ts";
import { Shelves } from "./shelves.ts";
import { signOf } from "./sign.ts";
import { shorten, textWidth, type } from "./text.ts";

const margin = 24;
const titleHeight = 34;
/** Between signs and machines, between a bar and the machines at both sides of it, between rows of machines. */
const [signGap, barGap, rowGap] = [16, 26, 14];
/** Between the lines of a column, and on both sides of all of them. */
const [laneWidth, lanePadding] = [12, 14];
/** How many machines stand side by side before there is a second row; and how wide a larger block is, by its height. */
const [fewest, proportion] = [5, 1.6];

/** A block with its size and, along the picture, its place. */
interface Placed {
  readonly block: Block;
  readonly columns: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly x: number;
}

/**
 * Puts everything in its place: networks as bars one below the other, machines below the first of theirs, and lines along the
 * columns of machines, where nothing but lines is. Pure.
 */
export function layOut(topology: Topology): Drawing {
  const order = orderNetworks(topology);
  const byVlan = new Map(topology.networks.map((network) => [network.vlan, network]));
  const networks = order.flatMap((vlan) => byVlan.get(vlan) ?? []);
  /** By VLAN and not by place: who adds a machine does not change the colours of what was there. */
  const colors = new Map(topology.networks.map(({ vlan }, index) => [vlan, index]));
  const colorOf = (vlan: number): number => colors.get(vlan) ?? 0;

  const signs = networks.map(signOf);
  const signWidth = Math.max(0, ...signs.map(({ width }) => width));
  const begin = margin + (signWidth === 0 ? 0 : signWidth + signGap);
  const boxWidth = Math.max(0, ...topology.machines.map((machine) => boxSize(machine).width));
  const placed = placeBlocks(blocksOf(topology, order), boxWidth, networks.length).map((block) => {
    return { ...block, x: block.x + begin };
  });

  const lineYs: number[] = [];
  let y = margin + titleHeight;
  /** Where the machines below a network begin. */
  const tops = [...signs, undefined].map((sign, place) => {
    const half = (sign?.height ?? 0) / 2;
    const height = Math.max(
      0,
      ...placed.filter(({ block }) => strip(block, networks.length) === place).map((p) => p.height),
    );
    const line = y + half;
    const top = sign ? line + barGap : y;
    if (sign) lineYs.push(line);
    if (sign || height > 0) y = Math.max(line + half, height === 0 ? 0 : top + height) + rowGap;
    return top;
  });

  const boxes: Box[] = [];
  const wires: Wire[] = [];
  for (const { block, columns, rowHeight, x } of placed) {
    const top = tops[strip(block, networks.length)] ?? 0;
    const gutter = gutterOf(block);
    const rows = block.machines.map((machine, index) => {
      const at = {
        x: x + (index % columns) * (gutter + boxWidth) + gutter,
        y: top + Math.floor(index / columns) * (rowHeight + rowGap),
      };
      return placeBox(machine, { ...at, width: boxWidth, height: rowHeight }, colorOf);
    });
    boxes.push(...rows);
    for (let column = 0; column < columns; column++) {
      const own = rows.filter((_, index) => index % columns === column);
      wires.push(...wiresOf(own, block, x + column * (gutter + boxWidth), { order, lineYs, colorOf }));
    }
  }

  const bars = networks.map((network, place): Bar => {
    const { height, labels } = signs[place] ?? signOf(network);
    const line = lineYs[place] ?? 0;
    const sign = { x: margin, y: line - height / 2, width: signWidth, height };
    const color = colorOf(network.vlan);
    const reached = wires.filter((wire) => wire.bar === line).map((wire) => wire.x);
    const moved = labels.map((label) => ({ ...label, x: label.x + sign.x, y: label.y + sign.y }));
    return { network, color, sign, labels: moved, y: line, to: Math.max(begin, ...reached) };
  });
  const heading = { x: margin, y: margin + type.title, name: shorten(topology.name, 60), summary: summary(topology) };
  const right = [
    margin + textWidth(`${heading.name} `, type.title) + textWidth(heading.summary, type.text),
    ...boxes.map((box) => box.x + box.width),
    ...bars.map(({ to }) => to),
  ];
  return { width: Math.max(...right) + margin, height: y - rowGap + margin, heading, bars, boxes, wires };
}

/** The strip that a block stands in: that below its first network, or the last for machines without any. */
function strip(block: Block, networks: number): number {
  return Math.min(first(block), networks);
}

function placeBlocks(blocks: readonly Block[], boxWidth: number, networks: number): Placed[] {
  const shelves = new Shelves();
  return blocks.map((block) => {
    const rowHeight = Math.max(...block.machines.map((machine) => boxSize(machine).height));
    const gutter = gutterOf(block);
    const columns = columnsOf(block.machines.length, (rowHeight + rowGap) / (gutter + boxWidth));
    const rows = Math.ceil(block.machines.length / columns);
    const from = strip(block, networks);
    // Its lines need their way free down to the last of its networks.
    const to = Math.max(from, (block.places.at(-1) ?? from) - 1);
    const x = shelves.take(from, to, columns * (gutter + boxWidth));
    return { block, columns, rowHeight, height: rows * (rowHeight + rowGap) - rowGap, x };
  });
}

/** @param shape height of a cell by its width */
function columnsOf(count: number, shape: number): number {
  const wanted = Math.max(Math.min(count, fewest), Math.round(Math.sqrt(count * proportion * shape)));
  // As many as fill the rows best.
  return Math.ceil(count / Math.ceil(count / wanted));
}

function gutterOf({ places }: Block): number {
  return 2 * lanePadding + Math.max(0, places.length - 1) * laneWidth;
}

interface Lines {
  readonly order: readonly number[];
  readonly lineYs: readonly number[];
  readonly colorOf: (vlan: number) => number;
}

function wiresOf(column: readonly Box[], { places }: Block, x: number, { order, lineYs, colorOf }: Lines): Wire[] {
  return places.map((place, lane) => {
    const vlan = order[place] ?? 0;
    const bar = lineYs[place] ?? 0;
    const branches = column.flatMap(({ machine, ports }) =>
      ports.filter((_, index) => machine.cards[index]?.vlan === vlan).map((port) => ({ y: port.y, to: port.x })),
    );
    const ys = branches.map((branch) => branch.y);
    const end = Math.min(...ys) > bar ? Math.max(...ys) : Math.min(...ys);
    return { color: colorOf(vlan), x: x + lanePadding + lane * laneWidth, bar, end, branches };
  });
}
