import type { MachineContext } from "../context.ts";
import { qmp } from "./qmp.ts";

/** Plugs the cables of all VLAN cards in, or out. The guest sees its links go; the card on the user network stays. */
export async function setLinks(context: MachineContext, up: boolean): Promise<void> {
  const links = context.interfaces.map((_card, index) => qmp(context, "set_link", { name: `vlan${index}`, up }));
  await Promise.all(links);
}
