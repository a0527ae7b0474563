import type { UserCard } from "../../topology/plan.ts";
import type { GatePolicy } from "./gate/policy.ts";

/** What a card's gate is to let through; undefined for a card without one, which QEMU itself keeps from leading anywhere. */
export function gatePolicy({ internet, services = [] }: UserCard): GatePolicy | undefined {
  if (internet === undefined && services.length === 0) return undefined;
  return {
    internet: internet !== undefined,
    ...(internet?.dnsPort !== undefined && { dnsPort: internet.dnsPort }),
    ports: services.map(({ port }) => port),
  };
}
