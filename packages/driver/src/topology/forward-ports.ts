import { invalid, onlyKnown } from "@vitest-machines/host";
import type { ForwardedPort, NodePlan } from "./plan.ts";
import { validatePort } from "./validate-port.ts";

const valid = "guest ports such as [80], or with a port of the host: { 8080: 80 }, [{ host: 8080, guest: 80 }]";

/** @throws MachinesError DECLARATION_INVALID */
export function validateForwardPorts(value: unknown, path: string): readonly ForwardedPort[] {
  if (typeof value !== "object" || value === null) {
    throw invalid({ path, value, reason: "is not a list of ports", valid });
  }
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([host, guest]: [string, unknown]) => ({
      host: validatePort(Number(host), path),
      guest: validatePort(guest, `${path}.${host}`),
    }));
  }
  return value.map((entry: unknown, index): ForwardedPort => {
    const at = `${path}[${index}]`;
    if (typeof entry !== "object" || entry === null) return { host: undefined, guest: validatePort(entry, at) };
    onlyKnown(at, entry, ["host", "guest"]);
    const { host, guest } = entry as Record<string, unknown>;
    return {
      host: host === undefined ? undefined : validatePort(host, `${at}.host`),
      guest: validatePort(guest, `${at}.guest`),
    };
  });
}

/** Checks that no two doors of a cluster are to be at the same port of the host. @throws MachinesError DECLARATION_INVALID */
export function requireOwnHostPorts(nodes: readonly Pick<NodePlan, "name" | "forwardPorts">[]): void {
  const owners = new Map<number, string>();
  for (const { name, forwardPorts = [] } of nodes) {
    for (const { host } of forwardPorts) {
      if (host === undefined) continue;
      const owner = owners.get(host);
      if (owner !== undefined) {
        const reason = `is a port of the host that ${owner === name ? "it" : owner} is to have already`;
        const one = "each port of the host once in a cluster; [80] takes a free one";
        throw invalid({ path: `nodes.${name}.forwardPorts`, value: host, reason, valid: one });
      }
      owners.set(host, name);
    }
  }
}
