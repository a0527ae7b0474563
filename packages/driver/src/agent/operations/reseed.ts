import type { AgentLink } from "../link.ts";
import { request } from "./request.ts";

/** @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export async function reseed(link: AgentLink, bytes: Uint8Array): Promise<void> {
  await request(link, [["op", "reseed"], ["seed", Buffer.from(bytes).toString("hex")]]); // prettier-ignore
}
