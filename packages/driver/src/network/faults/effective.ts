import { dhcpPort } from "../../topology/ports.ts";
import type { Wanted, WantedLink } from "../wiring/wanted.ts";
import type { Direction } from "../wiring/filter.ts";
import { cutsOf } from "./cuts.ts";
import type { CutFault, Fault, LinkFault } from "./fault.ts";
import { groupsOf } from "./groups.ts";
import { mergeImpairments, settingsOfSeveral, type Impairments, type Settings } from "./impairments.ts";

/** A card that faults can be of. */
export interface Card {
  readonly machine: string;
  /** Its place among the machine's cards. */
  readonly index: number;
  /** Its name in the guest. */
  readonly name: string;
  readonly vlan: number;
  /** Of the network, where it has one. */
  readonly network: string | undefined;
  /** On its switch. */
  readonly port: number;
  /** The switch's VLAN that its untagged packets are in. */
  readonly home: number;
  /** Tagged packets pass it, too, which no fault but a pulled cable can be put on. */
  readonly isTrunk: boolean;
  /** It has a cable to the network's mirror and no port on the switch, so no fault but a pulled cable can be put on it. */
  readonly isMirror: boolean;
}

/** Whether a network is meant by its name or number, or by the card's own name. */
export function isMeant(card: Pick<Card, "name" | "vlan" | "network">, which: string | number | undefined): boolean {
  return which === undefined || [card.vlan, card.network, card.name].includes(which);
}

/** The cards that a fault is of. Pure. */
export function cardsWith(fault: Fault, cards: readonly Card[]): Card[] {
  const fitting = cards.filter((card) => isMeant(card, fault.network));
  if (fault.kind !== "link") return fitting;
  return fitting.filter(({ machine }) => fault.on?.includes(machine) ?? true);
}

/** Whether a card's cable is out. Pure. */
export function isDown(card: Card, faults: readonly Fault[]): boolean {
  return faults.some((fault) => fault.kind === "link" && fault.isDown && cardsWith(fault, [card]).length > 0);
}

/** What answers cards that ask for their addresses: on the network like a machine in no group, on a link that nothing is wrong with. */
const server = { machine: "DHCP server", home: 0, port: dhcpPort } as const;

/**
 * What the switch of a VLAN is to be with these faults, of which a later one counts where two say the same. Pure.
 * @param isServed it has a DHCP server
 */
export function wantedOf(vlan: number, cards: readonly Card[], faults: readonly Fault[], isServed = false): Wanted {
  const members = cards.filter((card) => card.vlan === vlan && !card.isMirror);
  const servers = isServed ? [server] : [];
  const cutting = faults.filter((fault): fault is CutFault => fault.kind !== "link");
  const segments = [...new Set([...members, ...servers].map(({ home }) => home))].map((home) => {
    const there = members.filter((card) => card.home === home);
    const answering = servers.filter((one) => one.home === home);
    const machines = [...new Set([...there, ...answering].map(({ machine }) => machine))];
    const meant = cutting.filter((fault) => there.some((card) => isMeant(card, fault.network)));
    const cuts = meant.flatMap((fault) => cutsOf(fault, machines));
    return { home, ...groupsOf(machines, cuts) };
  });
  const impairing = faults.filter((fault): fault is LinkFault => fault.kind === "link");
  const groupOf = (member: Pick<Card, "machine" | "home">): number =>
    segments.find(({ home }) => home === member.home)?.groupOf.get(member.machine) ?? 0;
  const links = members.map((card): WantedLink => {
    const own = impairing.filter((fault) => cardsWith(fault, [card]).length > 0);
    const { port, home } = card;
    return { port, home, group: groupOf(card), in: settingsIn("in", own), out: settingsIn("out", own) };
  });
  const whole = servers.map((one): WantedLink => {
    return { port: one.port, home: one.home, group: groupOf(one), in: undefined, out: undefined };
  });
  return {
    links: [...links, ...whole],
    segments: segments.map(({ home, count, passes }) => ({ home, groups: count, passes })),
  };
}

function settingsIn(direction: Direction, faults: readonly LinkFault[]): Settings | undefined {
  const concerned = faults.filter((fault) => (fault.direction ?? direction) === direction);
  const parts = concerned.map(({ impairments }) => impairments);
  const merged = parts.reduce<Impairments>((all, one) => mergeImpairments(all, one), {});
  const settings = settingsOfSeveral(merged);
  return Object.values(settings).some((value) => value !== 0 && value !== false) ? settings : undefined;
}
