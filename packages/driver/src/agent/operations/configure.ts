import type { AgentLink } from "../link.ts";
import type { GuestConfiguration } from "../session.ts";
import { request } from "./request.ts";
import { writeFile } from "./write-file.ts";

/** Gives the guest its name, its interfaces and its /etc/hosts. @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export async function configure(
  link: AgentLink,
  window: number,
  { hostname, interfaces, routes = [], forwarding = false, hosts }: GuestConfiguration,
): Promise<void> {
  const cards = interfaces.map(({ mac, name, addresses, mtu }) => {
    const settings = [...(mtu === undefined ? [] : [`mtu=${mtu}`]), ...addresses];
    return ["interface", [mac, name, ...settings].join(" ")] as const;
  });
  const ways = routes.map(({ to, via }) => ["route", `${to} ${via}`] as const);
  await Promise.all([
    request(link, [["op", "configure"], ["hostname", hostname], ...cards, ...ways, ["forwarding", Number(forwarding)]]),
    writeFile(link, window, "/etc/hosts", Buffer.from(hosts), { mode: 0o644 }),
  ]);
}
