import type { AgentLink } from "../link.ts";
import type { ClockStep } from "../session.ts";
import { request } from "./request.ts";

/** A request that took longer was on its way for who knows how much of that. */
const trustedMs = 2;
/** The first request in a machine that was just restored runs cold and takes several milliseconds, the second does not. */
const maxRequests = 3;

/**
 * Sets the wall clock. The time is that of the call: what passes until the guest has it is added.
 * @throws AGENT_REFUSED with the guest's reason; AGENT_LOST
 */
export async function setClock(link: AgentLink, epochMs: number): Promise<ClockStep> {
  const startedAt = performance.now();
  let steppedMs = 0;
  let takenMs = 0;
  for (let count = 0; count < maxRequests; count++) {
    const sentAt = performance.now();
    // Half of what a short request takes is its way there.
    const epoch = epochMs + (sentAt - startedAt) + Math.min(takenMs, trustedMs) / 2;
    const answer = await request(link, [["op", "clock"], ["epoch", Math.round(epoch * 1000)]]); // prettier-ignore
    takenMs = performance.now() - sentAt;
    const before = answer.number("before");
    if (before !== undefined) steppedMs += epoch - before / 1000;
    if (takenMs <= trustedMs) break;
  }
  return { steppedMs };
}
