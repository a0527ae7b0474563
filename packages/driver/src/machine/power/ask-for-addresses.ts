import { MachinesError, type Deadline } from "@vitest-machines/host";
import { isIPv4 } from "node:net";
import type { AgentSession } from "../../agent/session.ts";
import { configurationOf, hasRoutesOverLeases } from "../../topology/guest-configuration.ts";
import { withoutLength } from "../../topology/networks/prefix.ts";
import type { InterfacePlan, NodePlan } from "../../topology/plan.ts";
import { runProgram } from "../contents/run-program.ts";
import type { MachineSetting } from "../setting.ts";
import type { Life } from "./life.ts";
import { printed } from "./settle.ts";

/** A card, and the address that it is to have in the end. */
interface Awaited extends Pick<InterfacePlan, "name" | "mac" | "vlan"> {
  readonly address: string;
}

const untilThere = `until ip -4 -o address show dev "$1" | grep -qF " $2/"; do sleep 0.1; done`;
/** How long a guest that is late may take to say what it has instead, in milliseconds. */
const instantMs = 5_000;

type Guest = Pick<MachineSetting, "node" | "boot" | "dhcpHeard" | "seat">;

/**
 * Has the cards that are declared so ask for their addresses, at this moment of the boot if it is the image's.
 * @throws COMMAND_FAILED with what the guest says, also when its image cannot; BOOT_TIMEOUT, MACHINE_DOWN
 */
export async function startAsking(
  life: Life,
  session: AgentSession,
  { node, boot: { dhcp } }: Guest,
  moment: "early" | "late",
  deadline: Deadline,
): Promise<void> {
  const cards = node.interfaces.filter((card) => card.dhcp);
  if (cards.length === 0) return;
  const { name: machine } = node;
  if (!dhcp) throw new MachinesError("COMMAND_FAILED", noClient(cards), { machine });
  if (dhcp.isEarly !== (moment === "early")) return;
  const late = (): Error =>
    new MachinesError("BOOT_TIMEOUT", `${machine} was still starting its DHCP client`, { machine });
  const settings = cards.flatMap((card) => [card.name, card.mac, addressOf(card) === undefined ? "no" : "yes"]);
  const argv: Program = [...dhcp.start, ...settings];
  const work = runProgram(session, machine, { argv, inVain: "could not ask for its addresses" });
  await life.guard(deadline.race(work, late));
}

/**
 * Waits until the cards have the addresses that the servers of their networks give them; then the ways over these are set.
 * @throws BOOT_TIMEOUT with what the servers have heard, MACHINE_DOWN
 */
export async function awaitAddresses(
  life: Life,
  session: AgentSession,
  guest: Guest,
  deadline: Deadline,
): Promise<void> {
  const { node } = guest;
  for (const card of awaitedOf(node)) {
    const inVain = `could not look for the address of ${card.name}`;
    const work = runProgram(session, node.name, {
      argv: ["sh", "-c", untilThere, "sh", card.name, card.address],
      inVain,
    });
    const late = new Error("the deadline came first");
    try {
      await life.guard(deadline.race(work, () => late));
    } catch (error) {
      throw error === late ? await unanswered(session, guest, card) : error;
    }
  }
  if (hasRoutesOverLeases(node)) await life.guard(session.configure(configurationOf(node, true)));
}

type Program = readonly [string, ...string[]];

function awaitedOf({ interfaces }: Pick<NodePlan, "interfaces">): Awaited[] {
  return interfaces.flatMap((card) => {
    const address = card.dhcp && addressOf(card);
    return address === undefined ? [] : [{ ...card, address }];
  });
}

function addressOf({ addresses }: InterfacePlan): string | undefined {
  return addresses.map(withoutLength).find((address) => isIPv4(address));
}

async function unanswered(
  session: AgentSession,
  { node: { name: machine }, seat, dhcpHeard }: Guest,
  { name, mac, vlan, address }: Awaited,
): Promise<MachinesError> {
  const heard = (await dhcpHeard?.(seat.switches.get(vlan) ?? "", mac)) ?? [];
  const limit = new Promise<undefined>((resolve) => setTimeout(resolve, instantMs, undefined).unref());
  const shown = printed(session, ["ip", "address", "show", "dev", name]).catch(() => undefined);
  const { lines = [] } = (await Promise.race([shown, limit])) ?? {};
  const seen =
    heard.length === 0
      ? `the network's DHCP server has heard nothing of ${mac}`
      : `the network's DHCP server has heard and said:\n${heard.slice(-10).join("\n")}`;
  return new MachinesError("BOOT_TIMEOUT", `its card ${name} did not get ${address} by DHCP`, {
    machine,
    facts: { card: name, address },
    evidence: [seen, ...(lines.length === 0 ? [] : [`${name} is:\n${lines.join("\n")}`])],
  });
}

function noClient(cards: readonly InterfacePlan[]): string {
  return `${cards.map(({ name }) => name).join(", ")} would ask for an address, and its image knows no DHCP client`;
}
