import type { AgentLink } from "../link.ts";
import type { FieldList } from "../protocol/fields.ts";
import type { AgentSession, WaitObservation, WaitTarget } from "../session.ts";
import { readObservation, watchUntilDone } from "./watch.ts";

/** @throws AGENT_LOST; ABORTED when the signal fires; AGENT_REFUSED for a target that cannot be waited for */
export async function waitFor(
  link: AgentLink,
  ...[target, { gone = false, ...options } = {}]: Parameters<AgentSession["waitFor"]>
): Promise<WaitObservation> {
  return readObservation(await watchUntilDone(link, waitFields(target, gone), options));
}

function waitFields(target: WaitTarget, gone: boolean): FieldList {
  const where =
    "path" in target
      ? ([["path", target.path]] as const)
      : ([
          ["host", target.host],
          ["port", target.port],
        ] as const);
  return [["op", "wait"], ["kind", target.kind], ...where, ["gone", gone ? 1 : 0]];
}
