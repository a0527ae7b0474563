import { invalid, onlyKnown } from "@vitest-machines/host";
import type { InterfacePlan } from "../plan.ts";
import { isWithin, parseAddress, parsePrefix, prefixText } from "./prefix.ts";

/** A way to a network that a machine is not on. */
export interface RoutePlan {
  /** A prefix, or `default`. */
  readonly to: string;
  readonly via: string;
}

/** @throws MachinesError DECLARATION_INVALID, also for a gateway that is on none of the machine's own networks */
export function validateRoutes(value: unknown, path: string, interfaces: readonly InterfacePlan[]): RoutePlan[] {
  const valid = 'a list such as [{ to: "default", via: "192.168.1.1" }]';
  if (!Array.isArray(value)) throw invalid({ path, value, reason: "is not a list of routes", valid });
  return (value as unknown[]).map((route, index) => validateRoute(route, `${path}[${index}]`, interfaces));
}

function validateRoute(value: unknown, path: string, interfaces: readonly InterfacePlan[]): RoutePlan {
  const given = (value ?? {}) as Record<string, unknown>;
  onlyKnown(path, given, ["to", "via"]);
  const { to, via } = given;
  const target = to === "default" ? "default" : parsePrefix(to);
  if (!target) {
    throw invalid({ path: `${path}.to`, value: to, reason: "is not a network", valid: '"10.1.0.0/16" or "default"' });
  }
  const gateway = parseAddress(via);
  if (!gateway) throw invalid({ path: `${path}.via`, value: via, reason: "is not an address", valid: '"192.168.1.1"' });
  if (target !== "default" && target.family !== gateway.family) {
    const valid = `an IPv${target.family} address`;
    throw invalid({ path: `${path}.via`, value: via, reason: "is of another kind than its network", valid });
  }
  const own = interfaces.flatMap(({ addresses }) => addresses).flatMap((address) => parsePrefix(address) ?? []);
  if (!own.some((network) => isWithin(gateway, network))) {
    const reachable = own.filter(({ family }) => family === gateway.family).map(prefixText);
    const valid =
      reachable.length === 0 ? "no address: it has none of that kind" : `addresses in ${reachable.join(", ")}`;
    throw invalid({ path: `${path}.via`, value: via, reason: "is on none of the machine's networks", valid });
  }
  return { to: target === "default" ? target : prefixText(target), via: gateway.address };
}
