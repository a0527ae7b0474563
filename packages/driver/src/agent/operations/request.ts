import { agentRefused } from "../errors.ts";
import type { AgentLink } from "../link.ts";
import type { FieldList, Fields } from "../protocol/fields.ts";

/** An operation that is only asked for and answered. @throws AGENT_REFUSED with the guest's reason; AGENT_LOST */
export function request(link: AgentLink, fields: FieldList): Promise<Fields> {
  return new Promise((resolve, reject) => {
    link.open(fields, { done: resolve, refused: (reason) => reject(agentRefused(reason)), lost: reject });
  });
}
