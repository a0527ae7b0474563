import type { Topology, TopologyCard, TopologyMachine, TopologyNetwork } from "./topology.ts";
import { cardLines, networkDetails, networkTitle, resources, summary } from "./words.ts";

/**
 * Topologies as one Mermaid flow chart: machines as boxes, routers with a double edge, networks as bars with round ends, and
 * cards as what is written on the lines between them. Pure: the same topologies always give the same text.
 */
export function topologyMermaid(topologies: readonly Topology[]): string {
  const charts = topologies.map((topology, index) => chart(topology, topologies.length > 1 ? `c${index + 1}` : ""));
  const several = charts.length > 1;
  const [first] = topologies;
  return [
    // A JSON text is a YAML text.
    ...(first && !several ? ["---", `title: ${JSON.stringify(heading(first))}`, "---"] : []),
    "flowchart TB",
    ...charts.flatMap((lines, index) => (several ? inSubgraph(topologies[index], `c${index + 1}`, lines) : lines)),
    "  classDef network fill:#2563eb1a,stroke:#2563eb,stroke-width:2px",
    "  classDef router stroke-width:3px",
    "",
  ].join("\n");
}

function inSubgraph(topology: Topology | undefined, id: string, lines: readonly string[]): string[] {
  const title = topology ? heading(topology) : id;
  return [`  subgraph ${id}["${escape(title)}"]`, ...lines.map((line) => `  ${line}`), "  end"];
}

function heading(topology: Topology): string {
  return `${topology.name}: ${summary(topology)}`;
}

function chart({ machines, networks }: Topology, prefix: string): string[] {
  return [
    ...networks.map((network) => `  ${prefix}${networkId(network.vlan)}(["${networkLabel(network)}"]):::network`),
    ...machines.flatMap((machine, index) => {
      const id = `${prefix}m${index + 1}`;
      return [machineLine(machine, id), ...machine.cards.flatMap((card) => link(card, id, prefix))];
    }),
  ];
}

function machineLine(machine: TopologyMachine, id: string): string {
  const { name, cards, isRouter } = machine;
  // Lines lead to networks that several can be on.
  const own = cards.filter(({ vlan }) => vlan === undefined).map(cardLabel);
  const label = lines([name, resources(machine), ...own]);
  return isRouter ? `  ${id}[["${label}"]]:::router` : `  ${id}["${label}"]`;
}

function link(card: TopologyCard, id: string, prefix: string): string[] {
  return card.vlan === undefined ? [] : [`  ${id} ---|"${lines([cardLabel(card)])}"| ${prefix}${networkId(card.vlan)}`];
}

function cardLabel(card: TopologyCard): string {
  return [card.name, ...cardLines(card)].join(" ");
}

function networkLabel(network: TopologyNetwork): string {
  const details = [...networkDetails(network), ...network.prefixes].join(" · ");
  return lines([networkTitle(network), ...(details === "" ? [] : [details])]);
}

function networkId(vlan: number): string {
  return `n${vlan}`;
}

function lines(texts: readonly string[]): string {
  return texts.map(escape).join("<br/>");
}

/** What ends a text or begins markup in it becomes an entity, which Mermaid writes with # in the place of &. */
function escape(text: string): string {
  return text.replace(/[#"<>&;`]/g, (character) => `#${character.charCodeAt(0)};`);
}
