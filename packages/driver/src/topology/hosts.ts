import { userHost } from "./addresses.ts";
import { ordinaryCards } from "./networks/mirrors.ts";
import { withoutLength } from "./networks/prefix.ts";
import type { NodePlan } from "./plan.ts";
import { segmentOf } from "./ports.ts";

type Addressed = Pick<NodePlan, "name" | "interfaces">;
type Local = Addressed & Pick<NodePlan, "userCard">;

const loopback = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"];

/**
 * /etc/hosts of `local`: every machine of the cluster, itself included, in order of names. The addresses on networks that
 * both are on come first, so that resolvers prefer them; then a machine's primary addresses even when no network is
 * shared, so that routed topologies can be tested by name. Services of the host that `local` reaches are last.
 */
export function hostsFile(local: Local, all: readonly Addressed[]): string {
  const services = (local.userCard?.services ?? []).map(({ name }) => `${userHost} ${name}`);
  const machines = all.flatMap((remote) => linesFor(local, remote));
  return [...loopback, ...machines, ...services].map((line) => `${line}\n`).join("");
}

function linesFor(local: Addressed, remote: Addressed): string[] {
  const [own, cards] = [ordinaryCards(local.interfaces), ordinaryCards(remote.interfaces)];
  const segments = new Set(own.map(segmentOf));
  const shared = cards.filter((card) => segments.has(segmentOf(card)));
  const addresses = [...shared, ...cards.slice(0, 1)].flatMap((card) => card.addresses);
  return [...new Set(addresses)].map((address) => `${withoutLength(address)} ${remote.name}`);
}
