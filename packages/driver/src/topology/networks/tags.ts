import { invalid } from "@vitest-machines/host";
import type { InterfacePlan, NodePlan } from "../plan.ts";
import { firstFaultVlan } from "../ports.ts";

const valid = `whole numbers from 1 to ${firstFaultVlan - 1}`;

/** The 802.1Q VLANs that a card says its port is in. @throws MachinesError DECLARATION_INVALID */
export function validateTags(
  { tagged, untagged }: Record<string, unknown>,
  path: string,
): Pick<InterfacePlan, "tagged" | "untagged"> {
  if (untagged !== undefined && !isTag(untagged)) {
    throw invalid({ path: `${path}.untagged`, value: untagged, reason: "is not an 802.1Q VLAN", valid });
  }
  if (tagged === undefined) return untagged === undefined ? {} : { untagged };
  if (!Array.isArray(tagged)) {
    const list = "a list such as [10, 20]";
    throw invalid({ path: `${path}.tagged`, value: tagged, reason: "is not a list of 802.1Q VLANs", valid: list });
  }
  const tags = (tagged as unknown[]).map((tag, index) => {
    const at = { path: `${path}.tagged[${index}]`, value: tag };
    if (!isTag(tag)) throw invalid({ ...at, reason: "is not an 802.1Q VLAN", valid });
    if (tagged.indexOf(tag) !== index) throw invalid({ ...at, reason: "is in the list twice", valid: "each once" });
    if (tag === untagged) {
      const one = "each VLAN either tagged or untagged on one port";
      throw invalid({ ...at, reason: "is the VLAN of the untagged frames, too", valid: one });
    }
    return tag;
  });
  return { ...(untagged !== undefined && { untagged }), tagged: tags.sort((a, b) => a - b) };
}

/** The 802.1Q VLANs that somebody is in on the network of a VLAN, ascending. */
export function tagsOf(nodes: readonly Pick<NodePlan, "interfaces">[], vlan: number): Set<number> {
  const cards = nodes.flatMap(({ interfaces }) => interfaces).filter((card) => card.vlan === vlan);
  const tags = cards.flatMap(({ tagged = [], untagged = [] }) => [...tagged, untagged].flat());
  return new Set(tags.sort((a, b) => a - b));
}

function isTag(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value < firstFaultVlan;
}
