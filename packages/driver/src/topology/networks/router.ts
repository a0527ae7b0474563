import { invalid, onlyKnown } from "@vitest-machines/host";
import type { Image } from "@vitest-machines/images";
import type { InterfacePlan, NodePlan } from "../plan.ts";
import type { Networks } from "./networks.ts";
import { isWithin, parseAddress, parsePrefix } from "./prefix.ts";

/** A machine that lets others out in its own name. */
export interface RouterPlan {
  /** The names of the cards by which packets leave as its own. */
  readonly outer: readonly string[];
}

/** What a router translates addresses with. */
const program = "nft";

/** What is known of a machine when it is asked whether it is a router. */
export interface RouterSurroundings extends Pick<NodePlan, "interfaces" | "userCard" | "routes"> {
  readonly image: Image;
  readonly networks: Networks;
}

/** @returns undefined for a machine that is none @throws MachinesError DECLARATION_INVALID */
export function validateRouter(value: unknown, path: string, around: RouterSurroundings): RouterPlan | undefined {
  if (value === false) return undefined;
  if (around.image.lacks?.includes(program)) {
    const valid = 'images with it, such as debian({ packages: ["nftables"] })';
    throw invalid({ path, value, reason: `needs ${program}, which ${around.image.name} does not have`, valid });
  }
  if (value === true) return { outer: [defaultOuter(value, path, around)] };
  const given = (typeof value === "object" ? (value ?? {}) : {}) as Record<string, unknown>;
  onlyKnown(path, given, ["outer"]);
  const { outer } = given;
  if (outer === undefined) {
    throw invalid({ path, value, reason: "is not a choice", valid: 'true, false, { outer: "wan" }' });
  }
  const named = Array.isArray(outer) ? (outer as unknown[]) : [outer];
  const cards = named.flatMap((name) => cardsOf(name, around, `${path}.outer`));
  return { outer: [...new Set(cards)] };
}

/** What its packet filter is told: whatever leaves by an outer card has the machine's own address there. Pure. */
export function routerRules({ outer }: RouterPlan): string {
  const cards = outer.map((name) => JSON.stringify(name)).join(", ");
  return `table inet vitest_machines {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname { ${cards} } masquerade
  }
}`;
}

/** The card of its way to everywhere, which is eth0 where that leads to the internet; else that of its last network. */
function defaultOuter(value: unknown, path: string, around: RouterSurroundings): string {
  const { interfaces, userCard, routes = [] } = around;
  const gateways = routes.filter(({ to }) => to === "default").flatMap(({ via }) => parseAddress(via) ?? []);
  const leadsOut = ({ addresses }: InterfacePlan): boolean =>
    addresses.some((address) => {
      const network = parsePrefix(address);
      return network !== undefined && gateways.some((gateway) => isWithin(gateway, network));
    });
  const internet = userCard?.internet && interfaces.length > 0 ? [userCard] : [];
  const [card] = [...interfaces.filter(leadsOut), ...internet, ...interfaces.slice(1).reverse()];
  if (card) return card.name;
  const reason = `is nothing that a machine with ${interfaces.length === 0 ? "no network" : "one network"} can be`;
  throw invalid({ path, value, reason, valid: "false, or two networks, the last of which is the outer one" });
}

/** A card by its name, or those on a network. */
function cardsOf(name: unknown, { interfaces, userCard, networks }: RouterSurroundings, path: string): string[] {
  const vlan = typeof name === "string" ? networks.get(name)?.vlan : name;
  const all = [...interfaces, ...(userCard ? [userCard] : [])].map((card) => card.name);
  if (all.some((card) => card === name)) return [String(name)];
  const on = interfaces.filter((card) => card.vlan === vlan).map((card) => card.name);
  if (on.length > 0) return on;
  const reason = "is neither a card of the machine nor a network that it is on";
  throw invalid({ path, value: name, reason, valid: `cards ${all.join(", ")}, or their networks` });
}
