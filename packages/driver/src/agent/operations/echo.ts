import type { AgentLink } from "../link.ts";
import type { AgentSession, EchoAnswer } from "../session.ts";
import { watchUntilDone } from "./watch.ts";

/** @throws AGENT_REFUSED with the guest's reason; AGENT_LOST; ABORTED when the signal fires */
export async function echo(
  link: AgentLink,
  ...[address, options]: Parameters<AgentSession["echo"]>
): Promise<EchoAnswer> {
  const fields = await watchUntilDone(link, [["op", "echo"], ["host", address]], options); // prettier-ignore
  return { attempts: fields.number("attempts") ?? 0, roundTripMs: (fields.number("roundtrip") ?? 0) / 1000 };
}
