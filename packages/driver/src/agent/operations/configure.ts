import type { AgentLink } from "../link.ts";
import type { GuestConfiguration } from "../session.ts";
import { request } from "./request.ts";
import { writeFile } from "./write-file.ts";

/** Gives the guest its name, its interfaces, its /etc/hosts and whom it asks for names. @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export async function configure(
  link: AgentLink,
  window: number,
  { hostname, interfaces, routes = [], forwarding = false, hosts, resolver }: GuestConfiguration,
): Promise<void> {
  const cards = interfaces.map(({ mac, name, addresses, mtu }) => {
    const settings = [...(mtu === undefined ? [] : [`mtu=${mtu}`]), ...addresses];
    return ["interface", [mac, name, ...settings].join(" ")] as const;
  });
  const ways = routes.map(({ to, via }) => ["route", `${to} ${via}`] as const);
  const write = (path: string, text: string): Promise<void> =>
    writeFile(link, window, path, Buffer.from(text), { mode: 0o644 });
  await Promise.all([
    request(link, [["op", "configure"], ["hostname", hostname], ...cards, ...ways, ["forwarding", Number(forwarding)]]),
    write("/etc/hosts", hosts),
    resolver === undefined ? undefined : write("/etc/resolv.conf", `nameserver ${resolver}\n`),
  ]);
}
