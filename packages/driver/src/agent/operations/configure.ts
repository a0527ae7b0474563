import type { AgentLink } from "../link.ts";
import type { GuestConfiguration } from "../session.ts";
import { request } from "./request.ts";
import { writeFile } from "./write-file.ts";

/** Gives the guest its name, its interfaces and its /etc/hosts. @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export async function configure(
  link: AgentLink,
  window: number,
  { hostname, interfaces, hosts }: GuestConfiguration,
): Promise<void> {
  const wanted = interfaces.map(
    ({ mac, name, addresses }) => ["interface", [mac, name, ...addresses].join(" ")] as const,
  );
  await Promise.all([
    request(link, [["op", "configure"], ["hostname", hostname], ...wanted]),
    writeFile(link, window, "/etc/hosts", Buffer.from(hosts), { mode: 0o644 }),
  ]);
}
