import { MachinesError, type Deadline } from "@vitest-machines/host";
import { isIPv4 } from "node:net";
import { withoutLength } from "../topology/networks/prefix.ts";
import type { AgentSession } from "../agent/session.ts";
import type { NodePlan } from "../topology/plan.ts";
import { segmentOf } from "../topology/ports.ts";

/** One machine asks another one on a VLAN: an answer proves both cards, in both directions. JSON. */
export interface LinkProof {
  readonly from: string;
  readonly to: string;
  readonly vlan: number;
  /** Of `to`. */
  readonly address: string;
}

/** Whose links do not work before a freeze need not work after it: a test may have cut them, or its image has no network. */
const doubtMs = 2_000;

/**
 * What to ask so that every card has sent and received: on each VLAN every machine asks the next one, and the last the
 * first; two need only one question. Pure.
 */
export function linkProofs(nodes: readonly Pick<NodePlan, "name" | "interfaces">[]): LinkProof[] {
  const segments = new Map<string, { name: string; vlan: number; address: string }[]>();
  for (const { name, interfaces } of nodes) {
    for (const card of interfaces) {
      const { vlan, addresses } = card;
      const segment = segmentOf(card);
      const address = addresses.map(withoutLength).find((text) => isIPv4(text)) ?? addresses.map(withoutLength)[0];
      if (address !== undefined) segments.set(segment, [...(segments.get(segment) ?? []), { name, vlan, address }]);
    }
  }
  return [...segments.values()].flatMap((members) =>
    members.flatMap(({ name, vlan }, index): LinkProof[] => {
      const isLast = index === members.length - 1;
      const next = members[isLast ? 0 : index + 1];
      if (!next || next.name === name || (isLast && members.length === 2)) return [];
      return [{ from: name, to: next.name, vlan, address: next.address }];
    }),
  );
}

type Sessions = (machine: string) => AgentSession;

/** Those links that work now. */
export async function workingLinks(
  proofs: readonly LinkProof[],
  sessionOf: Sessions,
  deadline: Deadline,
): Promise<LinkProof[]> {
  const limit = deadline.within(doubtMs);
  const results = await Promise.all(
    proofs.map((proof) =>
      prove(proof, sessionOf, limit).then(
        () => [proof],
        (error: unknown) => {
          if (error instanceof MachinesError && error.code === "FORK_FAILED") return [];
          throw error;
        },
      ),
    ),
  );
  return results.flat();
}

/** Waits until all links work. @throws FORK_FAILED when a peer does not answer before the deadline; AGENT_LOST; ABORTED */
export async function proveLinks(proofs: readonly LinkProof[], sessionOf: Sessions, deadline: Deadline): Promise<void> {
  await Promise.all(proofs.map((proof) => prove(proof, sessionOf, deadline)));
}

async function prove({ from, to, vlan, address }: LinkProof, sessionOf: Sessions, deadline: Deadline): Promise<void> {
  // Before anything is under way that nobody would wait for.
  deadline.throwIfAborted();
  const enough = new AbortController();
  const unanswered = (): Error =>
    new MachinesError("FORK_FAILED", `${from} does not reach ${to} (${address}) on VLAN ${vlan} any more.`, {
      machine: from,
    });
  try {
    await deadline.race(sessionOf(from).echo(address, { signal: enough.signal }), unanswered);
  } finally {
    enough.abort();
  }
}
